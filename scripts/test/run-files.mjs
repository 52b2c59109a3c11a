/** Runs test files, several at a time, and those that failed again at the end, one by one. */
import { runFile } from './run-file.mjs';

/**
 * Resolves with one outcome for each run of each file. A file that failed and passed when it was
 * tried again is `unsteady`: not a failure, but named in the summary.
 */
export async function runFiles(files, options, onOutcome) {
  const queue = Array.from({ length: options.repeat }, () => files).flat();
  const outcomes = [];
  const failed = [];

  const work = async () => {
    for (let file = queue.shift(); file !== undefined; file = queue.shift()) {
      const outcome = await runFile(file);
      if (!outcome.ok && options.retries > 0) {
        failed.push(outcome);
        continue;
      }
      outcomes.push(outcome);
      onOutcome(outcome);
    }
  };
  await Promise.all(Array.from({ length: options.concurrency }, work));

  for (const first of failed) {
    const outcome = await tryAgain(first, options.retries);
    outcomes.push(outcome);
    onOutcome(outcome);
  }
  return outcomes;
}

/** The outcome of the first run that passes, or else of the last one. */
async function tryAgain(first, retries) {
  let outcome = first;
  for (let left = retries; left > 0 && !outcome.ok; left -= 1) outcome = await runFile(first.file);
  return outcome.ok ? { ...outcome, unsteady: first } : outcome;
}

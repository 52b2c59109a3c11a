/** `brood run`: a program with bounds, limits and retries, that ends as the program did. */
import { setTimeout as sleep } from 'node:timers/promises';

import type { Command } from 'commander';

import { SpawnError } from '../index.ts';
import { codeOfFailedStart, complain, exitCodes } from './failure.ts';
import { attempt, type Attempt } from './run/attempt.ts';
import { addRunFlags, type RunFlags } from './run/flags.ts';
import { summary, summaryJson } from './run/report.ts';
import { examples } from './show/examples.ts';
import { showDuration } from './values/duration.ts';

function codeOf({ timedOut, status }: Attempt): number {
  if (timedOut) return exitCodes.timedOut;
  return status.shellCode ?? exitCodes.unknown;
}

/** Whether there is reason to try again: it failed by itself, and nobody told it to end. */
function isWorthRetrying({ status, timedOut, passed }: Attempt): boolean {
  return (timedOut || !status.ok) && passed === undefined;
}

async function runProgram(
  command: readonly [string, ...string[]],
  flags: RunFlags,
): Promise<number> {
  const [program, ...args] = command;
  for (let number = 1; ; number++) {
    const ended = await attempt(program, args, flags);
    const report = { ...ended, command, attempt: number };
    if (flags.json === true) process.stderr.write(summaryJson(report));
    else if (flags.usage === true) process.stderr.write(summary(report));
    if (number > flags.retries || !isWorthRetrying(ended)) return codeOf(ended);
    const how = ended.timedOut ? 'timed out' : String(ended.status);
    const pause = flags.retryDelay > 0 ? ` in ${showDuration(flags.retryDelay)}` : '';
    complain(`${program} ${how}; again${pause} (${number} of ${flags.retries})`);
    await sleep(flags.retryDelay);
  }
}

/** Adds `brood run`. */
export function addRun(program: Command): void {
  const command = program
    .command('run')
    .usage('[options] [--] <program> [args...]')
    .summary('run a program with bounds, limits and retries')
    .description(
      'Runs a program on the terminal and the streams of this command, and ends as it did: with its exit code, 128 + the number of the signal that killed it, 124 if its time was over, 126 if it cannot be executed, 127 if there is no such program, 125 if it could not be started for another reason. Signals are passed on to it.',
    )
    .argument('<program>', 'a name to look for in PATH, or a path')
    .argument('[args...]', 'given to it as they are')
    .passThroughOptions();
  addRunFlags(command);
  examples(command, [
    ['brood run --timeout 30s -- make test', 'stop make and all it started after 30 seconds'],
    ['brood run --usage -- sort big.txt', 'what it used, on stderr'],
    ['brood run -l openFiles=64 -l coreSize=0 -n 10 -- ./server', 'with limits, and less urgent'],
    ['brood run --retries 3 --retry-delay 1s -- curl -f https://example.org', 'until it works'],
  ]);
  command.action(async (name: string, args: string[], flags: RunFlags) => {
    try {
      process.exitCode = await runProgram([name, ...args], flags);
    } catch (error) {
      if (!(error instanceof SpawnError)) throw error;
      complain(error.message);
      process.exitCode = codeOfFailedStart(error);
    }
  });
}

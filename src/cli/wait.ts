/** `brood wait`: until processes have ended, whoever started them. */
import type { Command } from 'commander';

import { type ExitStatus, type Process, ProcessError } from '../index.ts';
import { complain, exitCodes } from './failure.ts';
import { examples } from './show/examples.ts';
import { jsonLine, jsonText } from './show/json.ts';
import { parseDuration } from './values/duration.ts';
import { parseTargets, takeAll, type Target } from './values/target.ts';

interface WaitFlags {
  readonly timeout?: number;
  readonly any?: true;
  readonly quiet?: true;
  readonly json?: true;
  readonly jsonl?: true;
}

/** How the wait for one process came out; `status` undefined: it still runs. */
interface Outcome {
  readonly pid: number;
  readonly status: ExitStatus | undefined;
}

function tell({ pid, status }: Outcome, flags: WaitFlags): void {
  if (flags.quiet === true || flags.json === true) return;
  const line =
    flags.jsonl === true ? jsonLine({ pid, status: status ?? null }) : `${pid} ${String(status)}\n`;
  if (status !== undefined || flags.jsonl === true) process.stdout.write(line);
}

async function waitForOne(
  process: Process,
  flags: WaitFlags,
  over: AbortController,
): Promise<Outcome> {
  const { timeout } = flags;
  const status = await process.wait({ timeout, signal: over.signal });
  const outcome = { pid: process.pid, status };
  tell(outcome, flags);
  if (flags.any === true && status !== undefined) over.abort();
  return outcome;
}

/** That of the first, in the order of the command line, that did not end well. */
function codeOf(outcomes: readonly Outcome[], { any }: WaitFlags): number {
  const ended = outcomes.filter(({ status }) => status !== undefined);
  if (ended.length < outcomes.length && (any !== true || ended.length === 0)) {
    for (const { pid, status } of outcomes) {
      if (status === undefined) complain(`${pid} still runs`);
    }
    return exitCodes.timedOut;
  }
  const bad = ended.find(({ status }) => status?.ok === false)?.status;
  return bad === undefined ? exitCodes.fine : (bad.shellCode ?? exitCodes.unknown);
}

async function wait(targets: readonly Target[], flags: WaitFlags): Promise<number> {
  const taken = takeAll(targets).map(([, found]) => found);
  const running = taken.filter((found) => !(found instanceof ProcessError)) as Process[];
  if (running.length < taken.length) return exitCodes.notFound;
  const over = new AbortController();
  const outcomes = await Promise.all(running.map((each) => waitForOne(each, flags, over)));
  if (flags.json === true) {
    process.stdout.write(
      jsonText(outcomes.map(({ pid, status }) => ({ pid, status: status ?? null }))),
    );
  }
  return codeOf(outcomes, flags);
}

/** Adds `brood wait`. */
export function addWait(program: Command): void {
  const command = program
    .command('wait')
    .summary('wait until processes have ended, whoever started them')
    .description(
      'Waits for any processes, not only children of the shell. Ends as the process did: with its exit code, or 128 + the number of the signal that killed it; of several, as the first one named that did not end well. 124 if the time was over first, 127 if there is no such process, 125 if nobody can know how it ended: exit codes of processes of others need Linux 6.15.',
    )
    .argument('<pid...>', 'PID, or PID:INODE', parseTargets)
    .option('-t, --timeout <time>', 'wait no longer than that', parseDuration)
    .option('--any', 'only until the first of them ends')
    .option('-q, --quiet', 'say nothing')
    .option('--json', 'all outcomes as JSON')
    .option('--jsonl', 'a line of JSON for each process as it ends');
  examples(command, [
    ['brood wait 4711', 'until 4711 has ended, with its exit code'],
    ['brood wait --timeout 1m 4711 4712 || echo late', 'both, a minute at most'],
  ]);
  command.action(async (targets: Target[], flags: WaitFlags) => {
    process.exitCode = await wait(targets, flags);
  });
}

/** `brood kill`: ends processes, and waits until they have ended. */
import { type Command, Option } from 'commander';

import { type ExitStatus, type Process, ProcessError } from '../index.ts';
import { complain, exitCodes } from './failure.ts';
import { checkReach, type Reach } from './sending.ts';
import { examples } from './show/examples.ts';
import { jsonLine, jsonText } from './show/json.ts';
import { parseDuration } from './values/duration.ts';
import { parseTargets, takeAll, type Taken, type Target } from './values/target.ts';

interface KillFlags extends Reach {
  readonly grace?: number;
  readonly timeout: number;
  readonly quiet?: true;
  readonly json?: true;
  readonly jsonl?: true;
}

/** What became of one process; undefined: it does not end, or could not be reached. */
interface Killed {
  readonly pid: number;
  readonly status?: ExitStatus | undefined;
  readonly error?: string | undefined;
}

async function end(found: Process, flags: KillFlags): Promise<ExitStatus | undefined> {
  const { tree, group, grace, timeout } = flags;
  if (grace === undefined) {
    found.kill({ tree, group });
    return found.wait({ timeout });
  }
  const ended = found.terminate({ grace, tree, group });
  // terminate() has no end where even SIGKILL does not help, so the bound is on what is seen of it.
  const seen = found.wait({ timeout: grace + timeout });
  return Promise.race([ended, seen]);
}

async function killOne([{ pid, text }, found]: Taken, flags: KillFlags): Promise<Killed> {
  if (found instanceof ProcessError) return { pid, error: found.message };
  try {
    const status = await end(found, flags);
    if (status !== undefined) return { pid, status };
    complain(`${text}: it has not ended yet`);
    return { pid, error: 'it has not ended yet' };
  } catch (error) {
    if (!(error instanceof ProcessError)) throw error;
    complain(`${text}: ${error.message}`);
    return { pid, error: error.message };
  }
}

async function killAll(targets: readonly Target[], flags: KillFlags): Promise<number> {
  checkReach(flags);
  const outcomes = await Promise.all(
    takeAll(targets).map(async (taken) => {
      const outcome = await killOne(taken, flags);
      const { pid, status } = outcome;
      if (flags.jsonl === true) process.stdout.write(jsonLine(outcome));
      else if (flags.json !== true && flags.quiet !== true && status !== undefined) {
        process.stdout.write(`${pid} ${String(status)}\n`);
      }
      return outcome;
    }),
  );
  if (flags.json === true) process.stdout.write(jsonText(outcomes));
  const all = outcomes.every(({ status }) => status !== undefined);
  return all ? exitCodes.fine : exitCodes.failed;
}

/** Adds `brood kill`. */
export function addKill(program: Command): void {
  const command = program
    .command('kill')
    .summary('end processes, and wait until they have ended')
    .description(
      'Sends SIGKILL, or with --grace first SIGTERM, and waits until the processes have ended. Ends with 1 if one of them was not there, may not be signalled, or does not end.',
    )
    .argument('<pid...>', 'PID, or PID:INODE', parseTargets)
    .option('--tree', 'all that each of them started too')
    .option('--group', 'the whole process group of each of them too')
    .option('--grace <time>', 'ask with SIGTERM first, and send SIGKILL after that', parseDuration)
    .addOption(
      new Option('-t, --timeout <time>', 'wait no longer than that after SIGKILL')
        .argParser(parseDuration)
        .default(10_000, '10s'),
    )
    .option('-q, --quiet', 'say nothing of those that ended')
    .option('--json', 'the outcomes as JSON')
    .option('--jsonl', 'a line of JSON for each');
  examples(command, [
    ['brood kill --tree 4711', 'it and all that it started, at once'],
    ['brood kill --grace 5s 4711', 'five seconds to end by itself'],
    ['brood kill 4711:56789', 'exactly that process, however late this is run'],
  ]);
  command.action(async (targets: Target[], flags: KillFlags) => {
    process.exitCode = await killAll(targets, flags);
  });
}

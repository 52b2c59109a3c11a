/** `brood ps`: the processes of this machine. */
import type { Command } from 'commander';

import { processes, watch } from '../inspect/index.ts';
import { Misuse } from './failure.ts';
import { type FieldPath, fieldsOf, parseFields, type Row } from './process/fields.ts';
import { addListFlags, chosen, type ListFlags, neededPaths, printList } from './process/listing.ts';
import { examples } from './show/examples.ts';
import { parseDuration } from './values/duration.ts';

interface PsFlags extends ListFlags {
  readonly interval?: number;
  readonly kernel: boolean;
}

const usual = 'pid,ppid,user,state,rss,cpuTime,startTime,commandLine';
const usualJson =
  'pid,ppid,pgid,sid,tty,name,argv,commandLine,state,stateWord,kernelThread,uid,user,nice,threadCount,rss,virtual,cpuTime,startTime,startTicks';
const usualInterval = 500;

function shownOf({ output, json, jsonl, interval }: PsFlags): readonly FieldPath[] {
  if (output !== undefined) return output;
  const names = json === true || jsonl === true ? usualJson : usual;
  return parseFields(interval === undefined ? names : names.replace('rss', 'cpu,rss'));
}

/** All processes with their share of the processor, measured over the interval. */
async function measured(paths: readonly FieldPath[], interval: number): Promise<readonly Row[]> {
  for await (const tick of watch({ fields: fieldsOf(paths), interval })) {
    if (tick.interval !== undefined) return [...tick.processes.values()];
  }
  throw new Error('the watch over the processes ended by itself');
}

async function ps(flags: PsFlags): Promise<void> {
  const shown = shownOf(flags);
  const kernelThread = parseFields('kernelThread');
  const paths = [...neededPaths(flags, shown), ...kernelThread];
  const isMeasured = paths.some(({ field }) => field === undefined);
  if (flags.interval !== undefined && flags.interval < 10) {
    throw new Misuse('--interval must be 10 ms or more');
  }
  const rows: readonly Row[] =
    isMeasured || flags.interval !== undefined
      ? await measured(paths, flags.interval ?? usualInterval)
      : await processes({ fields: fieldsOf(paths) });
  const wanted = flags.kernel ? rows : rows.filter((row) => row['kernelThread'] !== true);
  printList(chosen(wanted, flags), shown, flags);
}

/** Adds `brood ps`. */
export function addPs(program: Command): void {
  const command = program
    .command('ps')
    .summary('the processes of this machine')
    .description(
      'Lists the processes that this user can see, by pid. The field cpu is the percentage of one processor over a stated interval, 500ms unless --interval says otherwise, which the command then takes.',
    );
  addListFlags(command);
  command
    .option('-i, --interval <time>', 'measure cpu over that time', parseDuration)
    .option('--no-kernel', 'without threads of the kernel');
  examples(command, [
    ['brood ps --no-kernel', 'programs only'],
    ["brood ps -w 'rss > 100m and user = root' -s -rss", 'the big ones of root, biggest first'],
    ['brood ps -o pid,cpu,memory.pss,name -s -cpu -i 2s', 'who used the processor for two seconds'],
    ['brood ps --jsonl | head -n 1', 'for programs'],
  ]);
  command.action(ps);
}

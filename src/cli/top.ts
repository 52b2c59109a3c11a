/** `brood top`: the processes of this machine, as they change. */
import { type Command, Option } from 'commander';

import { current } from '../index.ts';
import { Misuse } from './failure.ts';
import { type FieldPath, parseFields } from './process/fields.ts';
import { parseQuery } from './process/query.ts';
import { examples } from './show/examples.ts';
import { parseDuration } from './values/duration.ts';

interface TopFlags {
  readonly interval: number;
  readonly where?: string;
  readonly sort: string;
  readonly output: readonly FieldPath[];
  readonly tree?: true;
  readonly kernel: boolean;
}

const usual = 'pid,user,state,cpu,rss,cpuTime,threadCount,nice';

async function top(flags: TopFlags): Promise<void> {
  const { stdin, stdout } = current;
  if (!stdin.isTTY || !stdout.isTTY) {
    throw new Misuse('top needs a terminal', "'brood ps --interval 2s' shows the same once.");
  }
  if (flags.interval < 100) throw new Misuse('--interval must be 100 ms or more');
  const descending = flags.sort.startsWith('-');
  const sort = descending ? flags.sort.slice(1) : flags.sort;
  parseFields(sort);
  const filter = flags.where ?? '';
  const query = parseQuery(filter);
  // React checks itself at every turn unless it is told that this is no development.
  process.env['NODE_ENV'] ??= 'production';
  // Only here: what draws the screen takes a while to load, and other commands do without it.
  const { showTop } = await import('./top/app.ts');
  await showTop({
    intervalMs: flags.interval,
    state: {
      mode: 'list',
      columns: stdout.columns,
      lines: stdout.rows - 1,
      rows: [],
      interval: undefined,
      items: [],
      at: 0,
      top: 0,
      fields: flags.output.filter(({ path }) => path !== 'commandLine'),
      sort,
      descending,
      isTree: flags.tree === true,
      isPaused: false,
      hidesKernel: !flags.kernel,
      followed: undefined,
      tags: new Set(),
      filter,
      query,
      wrong: undefined,
      aimed: [],
      signalAt: 14,
      message: '',
      details: { title: '', lines: [] },
      detailsTop: 0,
    },
  });
}

/** Adds `brood top`. */
export function addTop(program: Command): void {
  const command = program
    .command('top')
    .summary('the processes of this machine, as they change')
    .description(
      'Shows the processes on the whole terminal: flat or as a tree, sorted by any column, filtered while you type. h shows the keys, q ends it. cpu is the percentage of one processor over the time between two looks.',
    )
    .addOption(
      new Option('-i, --interval <time>', 'from look to look')
        .argParser(parseDuration)
        .default(2000, '2s'),
    )
    .option('-w, --where <query>', "only those, as in 'cpu > 5 and user = root'")
    .option('-s, --sort <field>', 'the order; -field: from the highest', '-cpu')
    .addOption(
      new Option('-o, --output <fields>', 'the columns before the command')
        .argParser(parseFields)
        .default(parseFields(usual), usual),
    )
    .option('-t, --tree', 'as a tree')
    .option('--no-kernel', 'without threads of the kernel');
  examples(command, [
    ['brood top', 'who is at work'],
    ["brood top --tree -w 'user = root'", 'the processes of root as a tree'],
    ['brood top -o pid,cpu,rss,swap,io.writtenBytes -s -rss', 'other columns'],
  ]);
  command.action(top);
}

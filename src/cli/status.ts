/** `brood status`: how the services of `brood up` are. */
import { setTimeout as sleep } from 'node:timers/promises';

import type { Command } from 'commander';

import type { ChildStatus } from '../supervise.ts';
import { addWhere, projectOf, type Where } from './controls.ts';
import { examples } from './show/examples.ts';
import { jsonLine, jsonText } from './show/json.ts';
import { style, type Style } from './show/style.ts';
import { type Column, tableLines, terminalWidth } from './show/table.ts';
import { ask } from './up/control/client.ts';
import { showDuration } from './values/duration.ts';

interface StatusFlags extends Where {
  readonly watch?: true;
  readonly json?: true;
  readonly jsonl?: true;
}

interface Answered {
  readonly pid: number;
  readonly services: readonly ChildStatus[];
}

const everyMs = 500;

function paintState(
  cell: string,
  { state }: ChildStatus,
  { green, yellow, red, dim }: Style,
): string {
  if (state === 'ready') return green(cell);
  if (state === 'failed') return red(cell);
  return state === 'stopped' || state === 'finished' ? dim(cell) : yellow(cell);
}

const columns: readonly Column<ChildStatus>[] = [
  { title: 'SERVICE', text: ({ name, instance }) => `${name}.${instance}` },
  { title: 'STATE', text: ({ state }) => state, paint: paintState },
  { title: 'PID', right: true, text: ({ pid }) => (pid === undefined ? '-' : String(pid)) },
  {
    title: 'UP',
    right: true,
    text: ({ uptimeMs }) => (uptimeMs === undefined ? '-' : showDuration(uptimeMs)),
  },
  { title: 'RESTARTS', right: true, text: ({ restarts }) => String(restarts) },
  { title: 'SAYS', text: ({ text }) => text ?? '' },
];

function lines({ services }: Answered): string[] {
  return tableLines(services, columns, { width: terminalWidth(), header: true, style });
}

async function live(project: string): Promise<void> {
  let drawn = 0;
  for (;;) {
    const now = lines((await ask(project, { do: 'status' })) as Answered);
    // Up to the first line of what was drawn last, and away with all below.
    const back = drawn === 0 ? '' : `\u001b[${drawn}A\u001b[0J`;
    process.stdout.write(`${process.stdout.isTTY ? back : ''}${now.join('\n')}\n`);
    drawn = now.length;
    await sleep(everyMs);
  }
}

async function status(flags: StatusFlags): Promise<void> {
  const project = projectOf(flags);
  if (flags.watch === true) return live(project);
  const answered = (await ask(project, { do: 'status' })) as Answered;
  if (flags.jsonl === true) {
    for (const each of answered.services) process.stdout.write(jsonLine(each));
  } else if (flags.json === true) {
    process.stdout.write(jsonText(answered));
  } else {
    process.stdout.write(`${lines(answered).join('\n')}\n`);
  }
}

/** Adds `brood status`. */
export function addStatus(program: Command): void {
  const command = program
    .command('status')
    .summary('how the services of brood up are')
    .description(
      'Shows each instance of the services of the brood up in this folder: its state, pid, how long it has been up, how often it was restarted, and what it says of itself.',
    )
    .option('--watch', 'again and again, until Ctrl-C or the end of brood up')
    .option('--json', 'as JSON')
    .option('--jsonl', 'a line of JSON for each');
  addWhere(command);
  examples(command, [
    ['brood status', 'once'],
    ['brood status --watch', 'live'],
  ]);
  command.action(status);
}

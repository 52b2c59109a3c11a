/** `brood signal`: any signal to any processes, and what signals there are. */
import type { Command } from 'commander';

import { type SignalDescription, signals } from '../index.ts';
import { exitCodes, Misuse } from './failure.ts';
import { sendAll, type Reach } from './sending.ts';
import { examples } from './show/examples.ts';
import { jsonLine, jsonText } from './show/json.ts';
import { style } from './show/style.ts';
import { type Column, tableLines, terminalWidth } from './show/table.ts';
import { parseSignal } from './values/signal.ts';
import { parseTargets, type Target } from './values/target.ts';

interface SignalFlags extends Reach {
  readonly list?: true;
  readonly json?: true;
  readonly jsonl?: true;
}

const columns: readonly Column<SignalDescription>[] = [
  { title: 'NUMBER', right: true, text: ({ number }) => String(number) },
  { title: 'NAME', text: ({ name }) => name },
  { title: 'ACTION', text: ({ action }) => action },
  { title: 'CATCHABLE', text: ({ catchable }) => (catchable ? 'yes' : 'no') },
  { title: 'MEANING', text: ({ description }) => description },
];

function list({ json, jsonl }: SignalFlags): void {
  const all = signals.names.map((name) => signals.describe(name));
  if (jsonl === true) for (const each of all) process.stdout.write(jsonLine(each));
  else if (json === true) process.stdout.write(jsonText(all));
  else {
    const options = { width: terminalWidth(), header: true, style };
    process.stdout.write(`${tableLines(all, columns, options).join('\n')}\n`);
  }
}

/** Adds `brood signal`. */
export function addSignal(program: Command): void {
  const command = program
    .command('signal')
    .usage('[options] <signal> <pid...>\n       brood signal --list')
    .summary('send a signal to processes')
    .description(
      'Sends a signal, by name or number, through a pidfd: it never reaches another process that got the same pid. Ends with 1 if one of them could not be reached.',
    )
    .argument('[signal]', 'TERM, SIGTERM, 15, …; 0 only looks', parseName)
    .argument('[pid...]', 'PID, or PID:INODE', parseTargets)
    .option('--tree', 'all that each of them started too')
    .option('--group', 'the whole process group of each of them too')
    .option('--list', 'show the signals that there are')
    .option('--json', 'the outcomes, or the list, as JSON')
    .option('--jsonl', 'a line of JSON for each');
  examples(command, [
    ['brood signal HUP 4711', 'have it read its configuration again'],
    ['brood signal --tree STOP 4711', 'stop it and all that it started'],
    ['brood signal --list', 'numbers, names, default actions'],
  ]);
  command.action(
    (
      name: SignalDescription | 0 | undefined,
      targets: Target[] | undefined,
      flags: SignalFlags,
    ) => {
      if (flags.list === true) {
        list(flags);
        return;
      }
      if (name === undefined) throw new Misuse('give a signal and at least one pid');
      if (targets === undefined || targets.length === 0) throw new Misuse('give at least one pid');
      const number = name === 0 ? 0 : name.number;
      const outcomes = sendAll(number, targets, flags);
      if (flags.jsonl === true) for (const each of outcomes) process.stdout.write(jsonLine(each));
      else if (flags.json === true) process.stdout.write(jsonText(outcomes));
      const all = outcomes.every(({ sent }) => sent);
      process.exitCode = all ? exitCodes.fine : exitCodes.failed;
    },
  );
}

function parseName(text: string): SignalDescription | 0 {
  return text === '0' ? 0 : parseSignal(text);
}

/** `brood features`: what this kernel, this Node and the addon can do. */
import type { Command } from 'commander';

import { type Feature, features } from '../index.ts';
import { examples } from './show/examples.ts';
import { jsonLine, jsonText } from './show/json.ts';
import { style } from './show/style.ts';
import { type Column, tableLines, terminalWidth } from './show/table.ts';

type Row = readonly [name: string, feature: Feature];

const columns: readonly Column<Row>[] = [
  { title: 'FEATURE', text: ([name]) => name },
  {
    title: 'THERE',
    text: ([, { available }]) => (available ? 'yes' : 'no'),
    paint: (cell, [, { available }], { green, yellow }) => (available ? green : yellow)(cell),
  },
  { title: 'REASON', text: ([, { reason }]) => reason },
];

/** Adds `brood features`. */
export function addFeatures(program: Command): void {
  const command = program
    .command('features')
    .summary('what this kernel, this Node and the addon can do')
    .description('Shows each feature: whether it is there, and why.')
    .option('--json', 'as JSON')
    .option('--jsonl', 'a line of JSON for each');
  examples(command, [['brood features --json', 'for programs']]);
  command.action(({ json, jsonl }: { json?: true; jsonl?: true }) => {
    const all = features();
    const rows = Object.entries(all);
    if (jsonl === true) {
      for (const [name, feature] of rows) process.stdout.write(jsonLine({ name, ...feature }));
    } else if (json === true) {
      process.stdout.write(jsonText(all));
    } else {
      const options = { width: terminalWidth(), header: true, style };
      process.stdout.write(`${tableLines<Row>(rows, columns, options).join('\n')}\n`);
    }
  });
}

/** `brood logs`: what the services of `brood up` have printed. */
import type { Command } from 'commander';

import { addWhere, projectOf, type Where } from './controls.ts';
import { complain } from './failure.ts';
import { examples } from './show/examples.ts';
import { jsonLine } from './show/json.ts';
import { style } from './show/style.ts';
import { ask } from './up/control/client.ts';
import { integerFrom } from './values/number.ts';

interface LogFlags extends Where {
  readonly lines: number;
  readonly follow?: boolean;
  readonly json?: true;
}

/** A line, or how many were left out because we did not read. */
interface Item {
  readonly name: string;
  readonly instance: number;
  readonly line: string;
  readonly lost?: number;
}

function show(item: Item, json: boolean): void {
  if (item.lost !== undefined) complain(`${item.lost} lines were left out: too many at once`);
  else if (json) process.stdout.write(jsonLine(item));
  else process.stdout.write(`${style.cyan(`${item.name}.${item.instance} |`)} ${item.line}\n`);
}

async function logs(
  names: string[],
  { lines, follow = false, json, ...where }: LogFlags,
): Promise<void> {
  const request = { do: 'logs', names, lines, follow } as const;
  await ask(projectOf(where), request, (item) => show(item as Item, json === true));
}

/** Adds `brood logs`. */
export function addLogs(program: Command): void {
  const command = program
    .command('logs')
    .summary('what the services of brood up have printed')
    .description(
      'Shows the last lines of the services of the brood up in this folder; about 256 KiB of each instance are kept.',
    )
    .argument('[service...]', 'as in api, or api.2 for one instance; all without it')
    .option('-n, --lines <number>', 'how many', integerFrom(0, 1_000_000), 100)
    .option('--follow', 'and those that come, until the end of brood up')
    .option('--json', 'as lines of JSON');
  addWhere(command);
  examples(command, [
    ['brood logs -n 20 api', 'the last lines of one'],
    ['brood logs --follow', 'all, as they come'],
  ]);
  command.action(logs);
}

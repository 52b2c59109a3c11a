/** `brood info`: everything that the kernel tells of a process. */
import type { Command } from 'commander';

import { NoSuchProcessError } from '../index.ts';
import { inspect, type ProcessField } from '../inspect/index.ts';
import { exitCodes, Misuse } from './failure.ts';
import { sectionLines } from './info/sections.ts';
import { type FieldPath, fieldsOf, parseFields, type Row, valueAt } from './process/fields.ts';
import { examples } from './show/examples.ts';
import { jsonLine, jsonText } from './show/json.ts';
import { parseTargets, take, type Target } from './values/target.ts';

interface InfoFlags {
  readonly output?: readonly FieldPath[];
  readonly regions?: true;
  readonly json?: true;
  readonly jsonl?: true;
}

/** The fields that were asked for; the value of one within a group stands alone, by its path. */
async function look(target: Target, fields: readonly ProcessField[] | undefined): Promise<Row> {
  const handle = take(target);
  const info = await inspect(handle.pid, fields);
  // Of a pid alone, whoever has it now is meant; of PID:INODE, nobody else.
  if (target.inode !== undefined && !handle.isAlive()) throw new NoSuchProcessError(target.pid);
  return info;
}

function jsonOf(info: Row, output: readonly FieldPath[] | undefined): Row {
  if (output === undefined) return info;
  return Object.fromEntries(output.map(({ path }) => [path, valueAt(info, path)]));
}

async function show(targets: readonly Target[], flags: InfoFlags): Promise<number> {
  const { output, regions, json, jsonl } = flags;
  if (output?.some(({ field }) => field === undefined) === true) {
    throw new Misuse("info does not measure cpu: 'brood ps' does");
  }
  const fields = output === undefined ? undefined : fieldsOf(output);
  const found: Row[] = [];
  for (const [index, target] of targets.entries()) {
    const info = await look(target, fields);
    if (jsonl === true) process.stdout.write(jsonLine(jsonOf(info, output)));
    else if (json === true) found.push(jsonOf(info, output));
    else {
      const lines = sectionLines(info, regions === true);
      process.stdout.write(`${index === 0 ? '' : '\n'}${lines.join('\n')}\n`);
    }
  }
  if (json === true) process.stdout.write(jsonText(targets.length === 1 ? found[0] : found));
  return exitCodes.fine;
}

/** Adds `brood info`. */
export function addInfo(program: Command): void {
  const command = program
    .command('info')
    .summary('everything that the kernel tells of a process')
    .description(
      'Shows the anatomy of processes: who they are, whose rights they have, memory, descriptors with who holds their other ends (→ PID/FD), threads, limits, signals, namespaces, environment. What this user may not read is shown as denied.',
    )
    .argument('<pid...>', 'PID, or PID:INODE', parseTargets)
    .option('-o, --output <fields>', 'only these, as in memory,descriptors', parseFields)
    .option('--regions', 'the regions of its memory too')
    .option('--json', 'as JSON, a list if there are several')
    .option('--jsonl', 'a line of JSON for each');
  examples(command, [
    ['brood info $$', 'all about this shell'],
    ['brood info -o descriptors 4711', 'its files, and who is at the other ends'],
    ['brood info -o memory --regions 4711', 'where its memory is'],
    ['brood info --json 4711 | jq .credentials', 'for programs'],
  ]);
  command.action(async (targets: Target[], flags: InfoFlags) => {
    process.exitCode = await show(targets, flags);
  });
}

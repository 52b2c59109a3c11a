/** Lists of processes: the options that all of them share, and how they are printed. */
import type { Command } from 'commander';

import { jsonLine, jsonText } from '../show/json.ts';
import { style } from '../show/style.ts';
import { tableLines, terminalWidth } from '../show/table.ts';
import { columnOf, type FieldPath, orderBy, parseFields, type Row, valueAt } from './fields.ts';
import { parseQuery, type Query } from './query.ts';

/** Options of commands that list processes. */
export interface ListFlags {
  readonly output?: readonly FieldPath[];
  readonly sort?: string;
  readonly where?: Query;
  readonly header: boolean;
  readonly pids?: true;
  readonly json?: true;
  readonly jsonl?: true;
}

/** Adds the options that all lists have. */
export function addListFlags(command: Command): void {
  command
    .option('-o, --output <fields>', 'the fields to show, as in pid,user,memory.pss', parseFields)
    .option('-s, --sort <field>', 'the order; -field: from the highest')
    .option('-w, --where <query>', "only those, as in 'rss > 100m and user = root'", parseQuery)
    .option('--no-header', 'without the line of titles')
    .option('-q, --pids', 'only the pids, one a line')
    .option('--json', 'as JSON')
    .option('--jsonl', 'a line of JSON for each');
}

/** Field and direction of `--sort`. */
function sortOf(text: string | undefined): { path: FieldPath; descending: boolean } | undefined {
  if (text === undefined) return undefined;
  const descending = text.startsWith('-');
  const [path] = parseFields(descending ? text.slice(1) : text);
  return { path: path as FieldPath, descending };
}

/** All fields that have to be known: to show, to sort by and to choose by. */
export function neededPaths(flags: ListFlags, shown: readonly FieldPath[]): FieldPath[] {
  const sort = sortOf(flags.sort);
  return [...shown, ...(sort === undefined ? [] : [sort.path]), ...(flags.where?.paths ?? [])];
}

/** Those that were asked for, in order. */
export function chosen(rows: readonly Row[], flags: ListFlags): Row[] {
  const { where } = flags;
  const kept = where === undefined ? [...rows] : rows.filter((row) => where.matches(row));
  const sort = sortOf(flags.sort);
  return sort === undefined ? kept : kept.toSorted(orderBy(sort.path.path, sort.descending));
}

/** What JSON has of a row: what was asked for, each by its path. */
function picked(row: Row, paths: readonly FieldPath[]): Row {
  return Object.fromEntries(paths.map(({ path }) => [path, valueAt(row, path)]));
}

/** Prints a list. */
export function printList(
  rows: readonly Row[],
  paths: readonly FieldPath[],
  flags: ListFlags,
): void {
  if (flags.pids === true) {
    process.stdout.write(rows.map(({ pid }) => `${String(pid)}\n`).join(''));
  } else if (flags.jsonl === true) {
    process.stdout.write(rows.map((row) => jsonLine(picked(row, paths))).join(''));
  } else if (flags.json === true) {
    process.stdout.write(jsonText(rows.map((row) => picked(row, paths))));
  } else {
    const options = { width: terminalWidth(), header: flags.header, style };
    const lines = tableLines(rows, paths.map(columnOf), options);
    if (lines.length > 0) process.stdout.write(`${lines.join('\n')}\n`);
  }
}

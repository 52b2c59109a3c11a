/** The fields of processes on the command line: their names, `memory.pss`, and how they are shown. */
import { isMissing, type Missing, type ProcessField } from '../../inspect/index.ts';
import { Misuse } from '../failure.ts';
import { jsonWord } from '../show/json.ts';
import type { Column } from '../show/table.ts';
import { showClock, showMoment } from '../values/duration.ts';
import { showSize } from '../values/number.ts';

/** What kind of value it is. */
export type Kind = 'number' | 'size' | 'time' | 'moment' | 'percent' | 'text' | 'group';

/** A process with the fields that were asked for. */
export type Row = Readonly<Record<string, unknown>>;

/** A field, or a value within one: `memory.pss`. */
export interface FieldPath {
  /** As it was written. */
  readonly path: string;
  /** What has to be read for it; undefined for `cpu`, which has to be measured. */
  readonly field: ProcessField | undefined;
  readonly kind: Kind;
}

const kinds: Readonly<Record<ProcessField, Kind>> = {
  pid: 'number',
  ppid: 'number',
  pgid: 'number',
  sid: 'number',
  tty: 'text',
  name: 'text',
  exe: 'text',
  argv: 'group',
  commandLine: 'text',
  startTime: 'moment',
  startTicks: 'number',
  state: 'text',
  stateWord: 'text',
  stateTime: 'time',
  kernelThread: 'text',
  deleted: 'group',
  uid: 'number',
  user: 'text',
  gid: 'number',
  rss: 'size',
  virtual: 'size',
  pss: 'size',
  uss: 'size',
  swap: 'size',
  cpuTime: 'time',
  threadCount: 'number',
  nice: 'number',
  credentials: 'group',
  environment: 'group',
  cwd: 'text',
  root: 'text',
  umask: 'number',
  descriptors: 'group',
  memory: 'group',
  scheduling: 'group',
  signals: 'group',
  limits: 'group',
  namespaces: 'group',
  cgroup: 'group',
  container: 'group',
  threads: 'group',
  times: 'group',
  io: 'group',
};

/** What is longer or shorter in a table than its own name. */
const titles: Readonly<Record<string, string>> = {
  commandLine: 'COMMAND',
  cpuTime: 'TIME',
  startTime: 'START',
  state: 'S',
  stateWord: 'STATE',
  threadCount: 'THREADS',
  cpu: 'CPU%',
};

/** The names of all fields. */
const fieldNames: readonly string[] = [...Object.keys(kinds), 'cpu'];

const numbersInMemory = new Set(['minorFaults', 'majorFaults']);

function kindWithin(field: ProcessField, rest: readonly string[]): Kind {
  if (rest.length === 0) return kinds[field];
  const last = rest.at(-1) as string;
  if (field === 'memory' && !numbersInMemory.has(last)) return 'size';
  if (field === 'times' && last !== 'start') return 'time';
  if (field === 'times') return 'moment';
  if (field === 'io' && /Bytes|Chars/.test(last)) return 'size';
  return 'number';
}

/** The field of that name, or within it. */
export function fieldPath(path: string): FieldPath {
  const [name = '', ...rest] = path.split('.');
  if (name === 'cpu' && rest.length === 0) return { path, field: undefined, kind: 'percent' };
  if (!Object.hasOwn(kinds, name) || rest.includes('')) {
    throw new Misuse(
      `there is no field '${path}'`,
      `There are: ${fieldNames.join(', ')}; and what is within a group, as in memory.pss.`,
    );
  }
  const field = name as ProcessField;
  return { path, field, kind: kindWithin(field, rest) };
}

/** `pid,user,memory.pss`. */
export function parseFields(text: string): FieldPath[] {
  return text.split(',').map((part) => fieldPath(part.trim()));
}

/** What has to be read for them, nothing twice. */
export function fieldsOf(paths: readonly FieldPath[]): ProcessField[] {
  return [...new Set(paths.flatMap(({ field }) => field ?? []))];
}

/** The value at a path; undefined where there is nothing of that name. */
export function valueAt(row: Row, path: string): unknown {
  let value: unknown = row;
  for (const name of path.split('.')) {
    if (isMissing(value)) return value;
    if (typeof value !== 'object' || value === null) return undefined;
    value = (value as Row)[name];
  }
  return value;
}

/** In place of a value that is not there. */
export function showMissing(missing: Missing): string {
  if ('denied' in missing) return 'denied';
  return 'gone' in missing ? 'gone' : '-';
}

/** A value as a person reads it. */
export function showValue(value: unknown, kind: Kind): string {
  if (value === undefined || value === null) return '-';
  if (isMissing(value)) return showMissing(value);
  if (typeof value === 'number') {
    switch (kind) {
      case 'size':
        return showSize(value);
      case 'time':
        return showClock(value);
      case 'moment':
        return showMoment(value);
      case 'percent':
        return value.toFixed(1);
      case 'number':
      case 'text':
      case 'group':
        return String(value);
    }
  }
  if (typeof value === 'string') return value;
  if (typeof value === 'boolean') return value ? 'yes' : 'no';
  return jsonWord(value);
}

/** A column of a table for a field. */
export function columnOf({ path, kind }: FieldPath): Column<Row> {
  const isText = kind === 'text' || kind === 'group';
  return {
    title: titles[path] ?? path.toUpperCase(),
    right: !isText,
    text: (row) => showValue(valueAt(row, path), kind),
    paint: painter(path),
  };
}

function painter(path: string): Column<Row>['paint'] {
  if (path === 'state' || path === 'stateWord') {
    return (cell, row, style) => {
      const letter = cell.trim()[0]?.toUpperCase();
      if (letter === 'R') return style.green(cell);
      return letter === 'D' || letter === 'Z' || letter === 'T' ? style.red(cell) : cell;
    };
  }
  if (path !== 'commandLine' && path !== 'name') return undefined;
  return (cell, row, style) => (cell.startsWith('[') ? style.dim(cell) : cell);
}

/** What to sort by: the value, with what is not there at the end. */
function comparable(value: unknown): number | string | undefined {
  if (typeof value === 'number' || typeof value === 'string') return value;
  return value === undefined || value === null || isMissing(value) ? undefined : jsonWord(value);
}

/** Orders by a field; `-` before its name turns the order round. */
export function orderBy(path: string, descending: boolean): (a: Row, b: Row) => number {
  return (a, b) => {
    const [left, right] = [comparable(valueAt(a, path)), comparable(valueAt(b, path))];
    if (left === right) return 0;
    if (left === undefined) return 1;
    if (right === undefined) return -1;
    return left < right === descending ? 1 : -1;
  };
}

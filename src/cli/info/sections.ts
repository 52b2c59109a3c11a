/** The anatomy of a process as a person reads it: sections of lines and of small tables. */
import {
  type DescriptorInfo,
  isMissing,
  type Known,
  type ProcessField,
  type Region,
  type ThreadInfo,
} from '../../inspect/index.ts';
import { fieldPath, type Row, showMissing, showValue, valueAt } from '../process/fields.ts';
import { jsonWord } from '../show/json.ts';
import { style } from '../show/style.ts';
import { type Column, tableLines, terminalWidth } from '../show/table.ts';
import { clean, cut } from '../show/text.ts';
import { showClock } from '../values/duration.ts';
import { showSize } from '../values/number.ts';

/** The top level, in the order in which it is told. */
const single: readonly ProcessField[] = [
  'pid',
  'ppid',
  'pgid',
  'sid',
  'tty',
  'name',
  'exe',
  'argv',
  'startTime',
  'startTicks',
  'state',
  'stateWord',
  'stateTime',
  'kernelThread',
  'deleted',
  'cwd',
  'root',
  'umask',
  'uid',
  'user',
  'gid',
  'rss',
  'virtual',
  'pss',
  'uss',
  'swap',
  'cpuTime',
  'threadCount',
  'nice',
  'container',
];

const groups: readonly ProcessField[] = [
  'credentials',
  'memory',
  'times',
  'io',
  'scheduling',
  'signals',
  'namespaces',
  'cgroup',
];

const labelWidth = 25;
const indent = '  ';

function line(label: string, text: string): string {
  const shown = `${indent}${style.dim(label.padEnd(labelWidth))} `;
  const width = terminalWidth();
  const value = clean(text);
  return (
    shown + (width === undefined ? value : cut(value, Math.max(20, width - labelWidth - 3)))
  ).trimEnd();
}

/** A line without a label, cut to the terminal. */
function indented(text: string): string {
  const width = terminalWidth();
  const shown = clean(text);
  return indent + (width === undefined ? shown : cut(shown, width - indent.length));
}

function umaskText(value: unknown): string {
  return typeof value === 'number'
    ? value.toString(8).padStart(4, '0')
    : showValue(value, 'number');
}

/** A group, and the groups within it, as lines with dotted labels. */
function* linesOf(value: unknown, path: string, label: string): Generator<string> {
  const isGroup =
    typeof value === 'object' && value !== null && !Array.isArray(value) && !isMissing(value);
  if (!isGroup) {
    yield line(label, valueText(value, path));
    return;
  }
  for (const [name, inner] of Object.entries(value)) {
    if (name === 'regions') continue;
    yield* linesOf(inner, `${path}.${name}`, label === '' ? name : `${label}.${name}`);
  }
}

function valueText(value: unknown, path: string): string {
  if (!Array.isArray(value)) return showValue(value, fieldPath(path).kind);
  // Where one argument ends and the next begins is seen in no other way.
  if (path === 'argv') return jsonWord(value);
  const words = value.map((each: unknown) =>
    typeof each === 'string' || typeof each === 'number' ? String(each) : jsonWord(each),
  );
  return words.length === 0 ? 'none' : words.join(' ');
}

function otherEnd({ otherEnd: end, socket, process: pid, watched }: DescriptorInfo): string {
  const parts: string[] = [];
  if (socket !== undefined) {
    parts.push(isMissing(socket) ? showMissing(socket) : jsonWord(socket));
  }
  if (pid !== undefined) parts.push(pid === -1 ? 'of one that ended' : `of ${pid}`);
  if (watched !== undefined) parts.push(`watches ${watched.join(' ') || 'nothing'}`);
  if (end !== undefined) parts.push(isMissing(end) ? showMissing(end) : holdersText(end));
  return parts.join(', ');
}

function holdersText(
  end: Exclude<NonNullable<DescriptorInfo['otherEnd']>, { reason: string }>,
): string {
  const holders = end.holders.map(({ pid, fd }) => `${pid}/${fd}`);
  if (holders.length > 0) return `→ ${holders.join(' ')}`;
  if (end.where === 'elsewhere') return '→ elsewhere';
  return end.unseen > 0 ? '→ nobody that can be seen' : '→ nobody';
}

const descriptorColumns: readonly Column<DescriptorInfo>[] = [
  { title: 'FD', right: true, text: ({ fd }) => String(fd) },
  { title: 'TYPE', text: ({ type }) => type },
  { title: 'ACCESS', text: ({ access }) => access },
  { title: 'OFFSET', right: true, text: ({ offset }) => String(offset) },
  {
    title: 'TARGET',
    text: ({ target, isDeleted }) => `${target}${isDeleted ? ' (deleted)' : ''}`,
  },
  { title: 'OTHER END', text: otherEnd },
];

const threadColumns: readonly Column<ThreadInfo>[] = [
  { title: 'TID', right: true, text: ({ tid }) => String(tid) },
  { title: 'NAME', text: ({ name }) => name },
  { title: 'STATE', text: ({ stateWord }) => stateWord },
  { title: 'TIME', right: true, text: ({ user, system }) => showClock(user + system) },
  { title: 'CPU', right: true, text: ({ processor }) => String(processor) },
];

const regionColumns: readonly Column<Region>[] = [
  { title: 'START', text: ({ start }) => start.toString(16).padStart(12, '0') },
  { title: 'SIZE', right: true, text: ({ size }) => showSize(size) },
  { title: 'RSS', right: true, text: ({ rss }) => showSize(rss) },
  { title: 'PSS', right: true, text: ({ pss }) => showSize(pss) },
  { title: 'SWAP', right: true, text: ({ swap }) => showSize(swap) },
  {
    title: 'MODE',
    text: ({ readable, writable, executable, shared }) =>
      `${readable ? 'r' : '-'}${writable ? 'w' : '-'}${executable ? 'x' : '-'}${shared ? 's' : 'p'}`,
  },
  { title: 'PATH', text: ({ path }) => path },
];

interface LimitRow {
  readonly name: string;
  readonly soft: number;
  readonly hard: number;
}

const limitText = (value: number): string => (value === Infinity ? 'unlimited' : String(value));
const limitColumns: readonly Column<LimitRow>[] = [
  { title: 'LIMIT', text: ({ name }) => name },
  { title: 'SOFT', right: true, text: ({ soft }) => limitText(soft) },
  { title: 'HARD', right: true, text: ({ hard }) => limitText(hard) },
];

function table<Item>(items: readonly Item[], columns: readonly Column<Item>[]): string[] {
  const width = terminalWidth();
  const inner = width === undefined ? undefined : width - indent.length;
  const lines = tableLines(items, columns, { width: inner, header: true, style });
  return lines.map((each) => indent + each);
}

function known<Item>(
  value: Known<readonly Item[]> | undefined,
  columns: readonly Column<Item>[],
): string[] {
  if (value === undefined) return [];
  if (isMissing(value)) return [`${indent}${showMissing(value)}: ${clean(value.reason)}`];
  return table(value, columns);
}

function limitRows(value: unknown): Known<readonly LimitRow[]> {
  if (isMissing(value)) return value;
  const limits = value as Readonly<Record<string, { soft: number; hard: number }>>;
  return Object.entries(limits).map(([name, { soft, hard }]) => ({ name, soft, hard }));
}

function environmentLines(value: unknown): string[] {
  if (isMissing(value)) return [`${indent}${showMissing(value)}: ${clean(value.reason)}`];
  const variables = Object.entries(value as Readonly<Record<string, string>>);
  return variables.map(([name, text]) => indented(`${name}=${text}`));
}

/** All that is known, section by section. What was not asked for has no section. */
export function sectionLines(info: Row, withRegions: boolean): string[] {
  const sections: [title: string, lines: string[]][] = [];
  const add = (title: string, lines: string[]): void => {
    if (lines.length > 0) sections.push([title, lines]);
  };
  const top: string[] = [];
  for (const field of single) {
    if (!(field in info)) continue;
    if (field === 'umask') top.push(line(field, umaskText(info[field])));
    else top.push(...linesOf(info[field], field, field));
  }
  add('process', top);
  for (const group of groups) if (group in info) add(group, [...linesOf(info[group], group, '')]);
  add('descriptors', known(info['descriptors'] as DescriptorInfo[] | undefined, descriptorColumns));
  add('threads', known(info['threads'] as ThreadInfo[] | undefined, threadColumns));
  if ('limits' in info) add('limits', known(limitRows(info['limits']), limitColumns));
  if ('environment' in info) add('environment', environmentLines(info['environment']));
  if (withRegions) {
    add('regions', known(valueAt(info, 'memory.regions') as Region[] | undefined, regionColumns));
  }
  const told: string[] = [];
  for (const [title, lines] of sections) {
    if (told.length > 0) told.push('');
    told.push(style.bold(title.toUpperCase()), ...lines);
  }
  return told;
}

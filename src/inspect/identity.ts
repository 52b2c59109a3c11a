/** Who a process is: what stands at the top level of a ProcessInfo. */
import { stringsOf, textOf } from './bytes.ts';
import { gone, type Known, mapKnown, unsupported } from './missing.ts';
import type { Sources } from './sources.ts';
import { isKernelThread, nameIn } from './stat.ts';

/** What a process does at the moment, in a word. */
export type StateWord =
  | 'running'
  | 'sleeping'
  | 'waiting for a device'
  | 'stopped'
  | 'stopped by a debugger'
  | 'zombie'
  | 'dead'
  | 'idle'
  | 'parked'
  | 'waking'
  | 'unknown';

const stateWords: ReadonlyMap<string, StateWord> = new Map([
  ['R', 'running'],
  ['S', 'sleeping'],
  ['D', 'waiting for a device'],
  ['T', 'stopped'],
  ['t', 'stopped by a debugger'],
  ['Z', 'zombie'],
  ['X', 'dead'],
  ['x', 'dead'],
  ['I', 'idle'],
  ['P', 'parked'],
  ['W', 'waking'],
]);

/** The word for the letter of a state. */
export function stateWord(letter: string): StateWord {
  return stateWords.get(letter) ?? 'unknown';
}

/** Drivers whose terminals have well-known names: the major number, the first minor, the name. */
const terminals: readonly (readonly [number, number, string])[] = [
  [4, 64, '/dev/ttyS'],
  [4, 0, '/dev/tty'],
  [188, 0, '/dev/ttyUSB'],
  [166, 0, '/dev/ttyACM'],
  [204, 64, '/dev/ttyAMA'],
  [229, 0, '/dev/hvc'],
];

/** The path of a terminal by its device number; null for 0, which is none. */
export function terminalName(device: number): string | null {
  if (device === 0) return null;
  // As the kernel packs them: 8 bits of the minor number, 12 of the major, the rest of the minor.
  const major = (device >>> 8) & 0xfff;
  const minor = (device & 0xff) | ((device >>> 12) & 0xfff00);
  if (major >= 136 && major <= 143) return `/dev/pts/${minor + (major - 136) * 256}`;
  if (major === 5 && minor === 1) return '/dev/console';
  const driver = terminals.find(([number, first]) => number === major && minor >= first);
  return driver === undefined ? `${major}:${minor}` : `${driver[2]}${minor - driver[1]}`;
}

/** The arguments, argv[0] first. */
export function readArgv(sources: Sources): Known<readonly string[]> {
  return mapKnown(sources.ofMemory('cmdline'), stringsOf);
}

/** One line for a table. */
export function readCommandLine(sources: Sources): string {
  const argv = readArgv(sources);
  const line = Array.isArray(argv) ? argv.join(' ').trimEnd() : '';
  return line === '' ? `[${nameIn(sources.stat)}]` : line;
}

/** The path of the program, without the kernel's mark for a deleted one. */
export function readPath(sources: Sources, item: '@exe' | '@cwd' | '@root'): Known<string> {
  return mapKnown(sources.link(item), ({ path }) => path);
}

/** Which of its paths lead nowhere any more. */
export function readDeleted(sources: Sources): Known<readonly ('exe' | 'cwd' | 'root')[]> {
  const found: ('exe' | 'cwd' | 'root')[] = [];
  for (const name of ['exe', 'cwd', 'root'] as const) {
    const link = sources.link(`@${name}`);
    if (!('path' in link)) return link;
    if (link.isDeleted) found.push(name);
  }
  return found;
}

/** ms since the epoch. */
export function readStartTime(sources: Sources): number {
  const { bootTimeMs, ticksPerSecond } = sources.look.clock();
  return Math.round(bootTimeMs + (sources.stat.sure(22) * 1000) / ticksPerSecond);
}

/** The variables that the program was started with. */
export function readEnvironment(sources: Sources): Known<Readonly<Record<string, string>>> {
  return mapKnown(sources.ofMemory('environ'), (bytes) => {
    const variables = new Map<string, string>();
    for (const entry of stringsOf(bytes)) {
      const equals = entry.indexOf('=', 1);
      const name = equals < 0 ? entry : entry.slice(0, equals);
      // What getenv(3) finds is the first of that name.
      if (name !== '' && !variables.has(name)) {
        variables.set(name, equals < 0 ? '' : entry.slice(equals + 1));
      }
    }
    return Object.fromEntries(variables);
  });
}

/** Octal, as a number. */
export function readUmask(sources: Sources): Known<number> {
  return mapKnown(sources.status, (status) => {
    const text = status.text('Umask');
    if (text !== undefined && /^[0-7]{1,4}$/.test(text)) return Number.parseInt(text, 8);
    if (isKernelThread(sources.stat)) return unsupported('a thread of the kernel has none');
    // It belongs to what a process gives up when it ends.
    return sources.noMemory() ?? unsupported('needs Linux 4.7');
  });
}

/**
 * ms since the first thread of the process last ran: how long it has been in its state. By the clock of
 * the processor on which it did: each has one of its own.
 */
export function readStateTime(sources: Sources): Known<number> {
  if (sources.stat.state === 'R') return 0;
  return mapKnown(sources.text('sched'), (text) =>
    mapKnown(sources.text('clock'), (now) => {
      const [, then] = /^se\.exec_start +: +(\d{1,15}\.\d{6})$/m.exec(text) ?? [];
      if (then === undefined || !/^\d+\.\d+$/.test(now)) {
        return unsupported('this kernel tells nothing of its scheduler (CONFIG_SCHED_DEBUG)');
      }
      return Math.max(0, Math.round(Number(now) - Number(then)));
    }),
  );
}

/** loginuid or sessionid; null for 4294967295, which stands for none. */
export function readAuditId(
  sources: Sources,
  item: 'loginuid' | 'sessionid',
): Known<number | null> {
  return mapKnown(sources.text(item), (text) => {
    const id = /^\d{1,10}$/.test(text.trim()) ? Number(text) : undefined;
    if (id === undefined) return gone(`${item} is empty`);
    return id === 0xffff_ffff ? null : id;
  });
}

/** What a security module says of it: the label or profile. */
export function readLabel(sources: Sources): Known<string> {
  return mapKnown(sources.bytes('attr/current'), (bytes) => textOf(bytes).replace(/[\n\0]+$/, ''));
}

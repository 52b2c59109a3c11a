/** What a process has used: time, input and output, threads. */
import { textOf } from './bytes.ts';
import { type StateWord, stateWord } from './identity.ts';
import { type Known, mapKnown } from './missing.ts';
import { type Policy, policyWord } from './scheduling.ts';
import { malformed, type Sources } from './sources.ts';
import { parseStat, type Stat } from './stat.ts';

/** Times in ms, as fine as the kernel counts them here: 10 ms. Source: /proc/PID/stat. */
export interface Times {
  /** When it was started, in ms since the epoch. */
  readonly start: number;
  /** For how long it has been there. */
  readonly elapsed: number;
  /** Spent in its own code, by all its threads, */
  readonly user: number;
  /** and in the kernel for it. */
  readonly system: number;
  /** The same of its children that it has waited for, and of those they had waited for. */
  readonly childrenUser: number;
  readonly childrenSystem: number;
  /** Spent running a virtual machine; contained in `user`. Linux 2.6.24. */
  readonly guest: number;
  /** Spent waiting for block devices; 0 unless delay accounting is on. Linux 2.6.18. */
  readonly ioDelay: number;
}

/** What a process has read and written. Source: /proc/PID/io, Linux 2.6.20. */
export interface IoCounters {
  /** Bytes that read(2) and its like gave it, also from pipes, terminals and caches; */
  readonly readChars: number;
  readonly writtenChars: number;
  /** how many such calls; */
  readonly readCalls: number;
  readonly writeCalls: number;
  /** bytes that had to come from a device, or were to go to one. */
  readonly readBytes: number;
  readonly writtenBytes: number;
  /** Bytes that were to be written, until the file was cut short or removed. */
  readonly cancelledBytes: number;
}

/** A thread of a process. Source: /proc/PID/task/TID/stat. */
export interface ThreadInfo {
  /** Its number; that of the first thread is the pid. */
  readonly tid: number;
  readonly name: string;
  readonly state: string;
  readonly stateWord: StateWord;
  /** ms in its own code, and in the kernel for it. */
  readonly user: number;
  readonly system: number;
  readonly nice: number;
  readonly policy: Policy;
  readonly realtimePriority: number;
  /** The processor on which it last ran. */
  readonly processor: number;
  /** When it was started, in ms since the epoch. */
  readonly startTime: number;
}

/** Clock ticks as ms. */
export function ticksMs(sources: Sources, ticks: number): number {
  return (ticks * 1000) / sources.look.clock().ticksPerSecond;
}

/** The group `times`. */
export function readTimes(sources: Sources): Times {
  const { stat } = sources;
  const ms = (place: number): number => ticksMs(sources, stat.field(place) ?? 0);
  const start = Math.round(sources.look.clock().bootTimeMs + ms(22));
  return {
    start,
    elapsed: Math.max(0, Date.now() - start),
    user: ms(14),
    system: ms(15),
    childrenUser: ms(16),
    childrenSystem: ms(17),
    guest: ms(43),
    ioDelay: ms(42),
  };
}

const ioNames: readonly (readonly [keyof IoCounters, string])[] = [
  ['readChars', 'rchar'],
  ['writtenChars', 'wchar'],
  ['readCalls', 'syscr'],
  ['writeCalls', 'syscw'],
  ['readBytes', 'read_bytes'],
  ['writtenBytes', 'write_bytes'],
  ['cancelledBytes', 'cancelled_write_bytes'],
];

/** The group `io`. */
export function readIo(sources: Sources): Known<IoCounters> {
  return mapKnown(sources.text('io'), (text): Known<IoCounters> => {
    const lines = new Map([...text.matchAll(/^(\w+): (\d{1,20})$/gm)].map((m) => [m[1], m[2]]));
    const counters: Partial<Record<keyof IoCounters, number>> = {};
    for (const [name, line] of ioNames) {
      const value = lines.get(line);
      if (value === undefined) return malformed('io');
      counters[name] = Number(value);
    }
    return counters as IoCounters;
  });
}

/** The group `threads`. */
export function readThreads(sources: Sources): Known<readonly ThreadInfo[]> {
  return mapKnown(sources.entries('task/stat', 1), (entries) =>
    entries.flatMap(({ pieces: [piece] }) => {
      // A thread that ended since the folder was read is none.
      const stat = Buffer.isBuffer(piece) ? parseStat(piece) : undefined;
      return stat === undefined ? [] : [threadOf(sources, stat)];
    }),
  );
}

function threadOf(sources: Sources, stat: Stat): ThreadInfo {
  return {
    tid: stat.pid,
    name: textOf(stat.comm),
    state: stat.state,
    stateWord: stateWord(stat.state),
    user: ticksMs(sources, stat.sure(14)),
    system: ticksMs(sources, stat.sure(15)),
    nice: stat.sure(19),
    policy: policyWord(stat.field(41)),
    realtimePriority: stat.field(40) ?? 0,
    processor: stat.field(39) ?? 0,
    startTime: Math.round(sources.look.clock().bootTimeMs + ticksMs(sources, stat.sure(22))),
  };
}

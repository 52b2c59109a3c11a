/** How a process gets its share of the machine. Source: sched(7), /proc/PID/stat, status, schedstat. */
import { integersOf } from './bytes.ts';
import { type Known, mapKnown } from './missing.ts';
import { malformed, orUnsupported, type Sources } from './sources.ts';
import type { Status } from './status.ts';

/** What decides when a thread runs. */
export type Policy =
  | 'other'
  | 'fifo'
  | 'roundRobin'
  | 'batch'
  | 'idle'
  | 'deadline'
  | 'extension'
  | 'unknown';

const policies: readonly Policy[] = [
  'other',
  'fifo',
  'roundRobin',
  'batch',
  'unknown',
  'idle',
  'deadline',
  'extension',
];

/** When a process runs, where, and how it came to it. */
export interface SchedulingInfo {
  /** Of its first thread, as all here. */
  readonly policy: Policy;
  /** -20 (gets most) to 19. */
  readonly nice: number;
  /** 1 to 99 under a real-time policy; 0 otherwise. */
  readonly realtimePriority: number;
  /** The processors it may run on, by number. */
  readonly affinity: Known<readonly number[]>;
  /** The nodes of memory that it may use. */
  readonly memoryNodes: Known<readonly number[]>;
  /** The processor on which it last ran. */
  readonly processor: number;
  /** ioprio_get(2), Linux 2.6.13. */
  readonly ioPriority: Known<{
    readonly class: 'none' | 'realtime' | 'bestEffort' | 'idle';
    /** 0 (first) to 7. */
    readonly level: number;
  }>;
  /** 0 (never) to 2000: how likely it is to be ended when memory runs out. Linux 2.6.11. */
  readonly oomScore: Known<number>;
  /** -1000 to 1000: what is added to that. Linux 2.6.36. */
  readonly oomScoreAdjust: Known<number>;
  /** How often it gave up the processor to wait for something, */
  readonly voluntarySwitches: Known<number>;
  /** and how often it was taken from it. */
  readonly involuntarySwitches: Known<number>;
  /** ms it was ready to run and had to wait for a processor: /proc/PID/schedstat. */
  readonly runDelayMs: Known<number>;
  /** How often it was given a processor: /proc/PID/schedstat. */
  readonly timeslices: Known<number>;
}

const ioClasses = ['none', 'realtime', 'bestEffort', 'idle'] as const;
const ioClassShift = 13;

/** The group `scheduling`. */
export function readScheduling(sources: Sources): SchedulingInfo {
  const { stat } = sources;
  const fromStatus = <T>(name: string, read: (status: Status) => T | undefined): Known<T> =>
    mapKnown(sources.status, (status) =>
      orUnsupported(read(status), `this kernel has no ${name} in /proc/PID/status`),
    );
  return {
    policy: policyWord(stat.field(41)),
    nice: stat.sure(19),
    realtimePriority: stat.field(40) ?? 0,
    affinity: fromStatus('Cpus_allowed_list', (status) => status.ranges('Cpus_allowed_list')),
    memoryNodes: fromStatus('Mems_allowed_list', (status) => status.ranges('Mems_allowed_list')),
    processor: stat.field(39) ?? 0,
    ioPriority: readIoPriority(sources),
    oomScore: readNumber(sources, 'oom_score'),
    oomScoreAdjust: readNumber(sources, 'oom_score_adj'),
    voluntarySwitches: fromStatus('voluntary_ctxt_switches', (status) =>
      status.number('voluntary_ctxt_switches'),
    ),
    involuntarySwitches: fromStatus('nonvoluntary_ctxt_switches', (status) =>
      status.number('nonvoluntary_ctxt_switches'),
    ),
    runDelayMs: readSchedstat(sources, 1, (nanoseconds) => nanoseconds / 1e6),
    timeslices: readSchedstat(sources, 2, (count) => count),
  };
}

/** A policy by its number, as stat has it. */
export function policyWord(number: number | undefined): Policy {
  return policies[number ?? -1] ?? 'unknown';
}

function readNumber(sources: Sources, item: string): Known<number> {
  return mapKnown(sources.text(item), (text): Known<number> => {
    const [number] = integersOf(text) ?? [];
    return number ?? malformed(item);
  });
}

function readSchedstat(
  sources: Sources,
  place: number,
  convert: (value: number) => number,
): Known<number> {
  return mapKnown(sources.text('schedstat'), (text): Known<number> => {
    const value = integersOf(text)?.[place];
    return value === undefined ? malformed('schedstat') : convert(value);
  });
}

function readIoPriority(sources: Sources): SchedulingInfo['ioPriority'] {
  return mapKnown(sources.text('ioprio'), (text) => {
    const number = Number(text);
    const name = ioClasses[number >> ioClassShift];
    return name === undefined ? malformed('ioprio') : { class: name, level: number & 7 };
  });
}

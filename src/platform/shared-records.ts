/**
 * Memory between processes, and the records in it: what a lock and its kin are there. The layout is
 * that of native/shared_record.h.
 */

/** The kinds of records, by their number in memory; 0 is memory in which none was made. */
export const recordKinds = {
  lock: 1,
  semaphore: 2,
  event: 3,
  condition: 4,
  barrier: 5,
  queue: 6,
} as const;

type RecordKind = keyof typeof recordKinds;

/** What can be asked of a record. */
export const operations = {
  take: 0,
  put: 1,
  release: 2,
  notify: 3,
  trip: 4,
  abort: 5,
  reset: 6,
  look: 7,
} as const;

type Operation = keyof typeof operations;

/** The answers, in the order of their numbers. */
export const outcomes = [
  'done',
  'wait',
  'timedOut',
  'broken',
  'notHeld',
  'tooMany',
  'tooBig',
  'last',
  'lost',
  'other',
] as const;

export type Outcome = (typeof outcomes)[number];

/** The total of a plan that takes what is there, and makes nothing. */
export const asItIs = 0xffff_ffff;

/** How a record is made: how many may wait, hold shares, and so on. */
export interface RecordPlan {
  readonly kind: RecordKind;
  /** How many can wait in their order. */
  readonly slots: number;
  /** How many threads' permits are known to be theirs. */
  readonly shares: number;
  readonly total: number;
  readonly most: number;
  /** Of the ring of a queue. */
  readonly bytes: number;
}

/** Where a record is. */
export interface RecordPlace {
  readonly buffer: ArrayBuffer;
  readonly offset: number;
}

export interface RecordRequest {
  readonly operation: Operation;
  readonly count?: number;
  /** The place in which this thread waits; -1: none. */
  readonly slot?: number;
  /** What is not there now is not waited for any more. */
  readonly leave?: boolean;
  /** Looks for those that have died first. */
  readonly tend?: boolean;
  /** Blocks this thread until there is an answer, or so many milliseconds have passed. */
  readonly blockMs?: number;
  readonly data?: Uint8Array;
}

export interface RecordAnswer {
  readonly outcome: Outcome;
  /** After 'wait': the place in which to wait; -1: none is free, so ask again soon. */
  readonly slot: number;
  /** Who died, or how many; 0: nobody. */
  readonly died: number;
  readonly value: number;
  /** The message that was taken from a queue. */
  readonly data: Buffer | undefined;
}

/** The bytes that a record takes; a multiple of 16. */
export function recordBytes(plan: RecordPlan): number {
  return 128 + plan.slots * 32 + plan.shares * 16 + plan.bytes;
}

/** Pages that several processes have, and what is kept in them. */
export interface SharedRecords {
  /** A memfd of that size, sealed against any other; close-on-exec. */
  create(name: string, bytes: number): number;
  /** All of its pages, until unmap(). ProcessError EINVAL if it is no file that keeps its size. */
  map(fd: number): ArrayBuffer;
  unmap(buffer: ArrayBuffer): void;
  /** A descriptor of the memfd of that name that some process of this user has. */
  find(name: string): number | undefined;
  /** Holds the name among the processes of this user; undefined: somebody else does. */
  reserve(name: string): (() => void) | undefined;
  /** Makes the record; 'other' if there is one that was made in another way. */
  prepare(place: RecordPlace, plan: RecordPlan): Outcome;
  ask(place: RecordPlace, request: RecordRequest): RecordAnswer;
  /**
   * Calls back once when the place `slot` has changed (-1: when the state is not `expected`). Returns
   * what cancels it. Keeps the loop alive.
   */
  watch(place: RecordPlace, slot: number, expected: number, callback: () => void): () => void;
}

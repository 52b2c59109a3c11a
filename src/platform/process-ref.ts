/** One process and how it ends, as a platform tells it. Part of the contract of platform.ts. */

/** How a process ended, as the kernel tells it. */
export interface End {
  /** The raw status of wait(2); undefined: it ended, and how is not known. */
  readonly waitStatus: number | undefined;
  /** What getrusage(2) counted for this one child, in the order of {@link RawUsage}. */
  readonly usage: RawUsage | undefined;
}

/**
 * Resource usage as it comes from the kernel: user and system time in microseconds, maxrss in KiB,
 * minor and major faults, blocks in and out, voluntary and involuntary context switches.
 */
export type RawUsage = readonly [
  userMicros: number,
  systemMicros: number,
  maxRssKib: number,
  minorFaults: number,
  majorFaults: number,
  blocksIn: number,
  blocksOut: number,
  voluntarySwitches: number,
  involuntarySwitches: number,
];

/** One process that a platform looks after: a child, or one that somebody else started. */
export interface ProcessRef {
  readonly pid: number;
  /** Our child: its status is kept for us until we reap it. */
  readonly owned: boolean;
  /**
   * How it ended, or undefined while it runs. Looks with the kernel, without waiting. Once it has
   * ended the answer stays the same.
   */
  end(): End | undefined;
  /** Calls back when it has ended; at once in a microtask if it already has. Never called twice. */
  onEnd(callback: (end: End) => void): void;
  /** Blocks this thread until it ended or `timeoutMs` passed (undefined: no bound). */
  waitSync(timeoutMs: number | undefined): End | undefined;
  /** Whether waiting for it keeps the event loop alive. A new one does not: callers say ref(). */
  ref(): void;
  unref(): void;
  /** Sends a signal; false if it already ended. Never reaches a recycled pid. 0 only looks. */
  signal(number: number): boolean;
  /**
   * The number that no other process has until the machine starts anew; undefined where the kernel
   * gives none (before Linux 6.9), and for one that had ended before it was asked.
   */
  inode?(): bigint | undefined;
  /**
   * Gives back at once what is held for a process that is not owned, and that nobody waits for: it is
   * not asked anything any more. Without this it is given back when the reference is collected.
   */
  release?(): void;
  /**
   * Keep it in, or take it out of, the table of what is stopped when this program ends (also by a
   * signal, while JavaScript is blocked).
   */
  setCleanup(on: boolean): void;
}

/** What a platform can read of any process. Part of the contract of platform.ts. */

/** The bytes that were read, or the errno for which there are none. */
export type Piece = Buffer | number;

/** A process as it was found; to be used while it is being taken, and not kept. */
export interface Looked {
  readonly pid: number;
  /** One for each item that was asked for; undefined: there is no such process. */
  readonly pieces: readonly Piece[] | undefined;
  /** When it was read, in ms of performance.now(). */
  readonly at: number;
}

/** The lines of stat of all processes, look by look; to be closed. */
export interface StatLines {
  /**
   * Looks at all, off the event loop, and calls `take` for each: with its line if that has changed, or
   * the pid is in `anew`; `'same'` if not; `'new'` if it is another process than at the last look, or
   * none was there. Some hundred in one turn of the loop. `at`: when, in ms of performance.now().
   */
  look(
    anew: readonly number[],
    take: (pid: number, line: Buffer | 'same' | 'new', at: number) => void,
  ): Promise<void>;
  close(): void;
}

/** One of a folder's entries that are named by numbers: a descriptor, a thread. */
export interface Entry {
  readonly number: number;
  readonly pieces: readonly Piece[];
}

/** A descriptor that somebody has open, or a file that somebody runs, maps, or is in. */
export interface Holder {
  readonly pid: number;
  /** -1: the program; -2: the working directory; -3: the root; -4: mapped. */
  readonly fd: number;
  /** The place of its target among those that were asked for. */
  readonly target: number;
  readonly readable: boolean;
  readonly writable: boolean;
}

/** What the kernel tells, in numbers of its own. */
export interface KernelEvent {
  /** PROC_EVENT_* of linux/cn_proc.h */
  readonly what: number;
  /** Nanoseconds since the machine was started. */
  readonly nanoseconds: number;
  /** pid and tgid of the process it is about, and what the event has besides. */
  readonly numbers: readonly number[];
  /** The name of the program, where it was asked for and the process was still there. */
  readonly name: Buffer | undefined;
}

/** Who hears the events of the kernel. */
export interface EventListener {
  events(events: readonly KernelEvent[]): void;
  /** Some were lost, for there were too many. */
  lost(): void;
  /** There are none (any more), and why. */
  silent(reason: string): void;
}

/**
 * What the kernel knows of processes. Items are names of files below /proc/PID; `'@exe'` is what a link
 * leads to, after 'd' (that file was deleted) or '-'; `'fd/'` are all descriptors (link, status,
 * fdinfo); `'task/stat'` are the files of that name of all threads; `''` are the ids of the effective
 * user and group; `'ioprio'` is what ioprio_get(2) says; `'clock'` is that of the processor on which the
 * process last ran, in ms, as the scheduler counts.
 */
export interface Look {
  /** Throws UnsupportedError where nothing of this can be had. */
  check(what: string): void;
  /** The pids of all processes, in ascending order. */
  pids(): Promise<Int32Array>;
  /**
   * Reads the items of each process, off the event loop; never of two processes for one pid. `take` is
   * called for each as soon as it is read, some hundred in one turn of the loop; what it returns comes
   * in the order of the pids.
   */
  read<T>(
    pids: readonly number[] | Int32Array,
    items: readonly string[],
    take: (looked: Looked) => T,
  ): Promise<T[]>;
  /** Begins to look at the lines of stat again and again. */
  statLines(): StatLines;
  /** Takes apart the piece of 'fd/' or 'task/…', which has `count` pieces for each entry. */
  entries(piece: Buffer, count: number): Entry[];
  /** Who holds these: the bytes that links in /proc/PID/fd show ('pipe:[5]', '/var/log/x'). */
  holders(
    targets: readonly Uint8Array[],
    everywhere: boolean,
  ): Promise<{ holders: Holder[]; unseen: number }>;
  /** The inode of each connected unix socket of this network namespace, and that of its peer. */
  unixPeers(): Promise<ReadonlyMap<number, number>>;
  /** Listens to the kernel; returns what ends that. */
  listen(listener: EventListener): () => void;
  /** Bytes of a page; clock ticks of a second; ms since the epoch when the machine was started. */
  clock(): { pageSize: number; ticksPerSecond: number; bootTimeMs: number };
}

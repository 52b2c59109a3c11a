/**
 * The contract between brood and an operating system: one list of names. `linux/` keeps it with the
 * native addon, `portable/` with node:child_process; nothing above this room knows which one it is.
 *
 * Failures are thrown or rejected as the kinds of errors.ts, never as raw errno objects; what a
 * platform cannot do is an UnsupportedError that names what can. Arguments arrive checked.
 */
import type { Duplex, Readable, Writable } from 'node:stream';

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
   * Keep it in, or take it out of, the table of what is stopped when this program ends (also by a
   * signal, while JavaScript is blocked).
   */
  setCleanup(on: boolean): void;
}

/** What a descriptor of a new process is to be. */
export type DescriptorSource =
  /** The same open file as our descriptor `fd`. It stays open here; its owner closes it. */
  | { readonly kind: 'descriptor'; readonly fd: number }
  /** A pipe; the child reads from it ('in') or writes to it ('out'); we get a stream for the other end. */
  | { readonly kind: 'pipe'; readonly direction: 'in' | 'out' }
  /** A socket pair; we get a two-way stream for our end. */
  | { readonly kind: 'socketpair' }
  /** /dev/null */
  | { readonly kind: 'null' }
  /** Not open in the child. */
  | { readonly kind: 'closed' }
  /** A file opened for the child, by this path relative to our working directory. */
  | { readonly kind: 'file'; readonly path: string; readonly mode: 'read' | 'write' | 'append' }
  /** The same as the child's descriptor `of` (2>&1). */
  | { readonly kind: 'same'; readonly of: number };

export type LimitName =
  | 'addressSpace'
  | 'coreSize'
  | 'cpuTime'
  | 'dataSize'
  | 'fileSize'
  | 'locks'
  | 'lockedMemory'
  | 'messageQueues'
  | 'nice'
  | 'openFiles'
  | 'processes'
  | 'residentSet'
  | 'realtimePriority'
  | 'realtimeTime'
  | 'pendingSignals'
  | 'stackSize';

/** A resource limit: the one in force, and how far it may be raised. Infinity: none. */
export interface Limit {
  readonly soft: number;
  readonly hard: number;
}

export type SchedulingPolicy = 'other' | 'batch' | 'idle' | 'fifo' | 'roundRobin';

/** sched_setscheduler(2). `priority` is 1 to 99 for 'fifo' and 'roundRobin', 0 for the others. */
export interface Scheduling {
  readonly policy: SchedulingPolicy;
  readonly priority: number;
}

/** ioprio_set(2). `level` is 0 (first) to 7 (last), and 0 for 'none' and 'idle'. */
export interface IoPriority {
  readonly class: 'none' | 'realtime' | 'bestEffort' | 'idle';
  readonly level: number;
}

/** Everything a new process can be given besides program, environment and descriptors. */
export interface NewProcessAttributes {
  readonly uid?: number | undefined;
  readonly gid?: number | undefined;
  readonly groups?: readonly number[] | undefined;
  readonly umask?: number | undefined;
  /** 0: a new group of its own; otherwise the group to join. */
  readonly processGroup?: number | undefined;
  readonly session?: boolean | undefined;
  /** The child's descriptor whose terminal becomes the controlling one. */
  readonly controllingTerminal?: number | undefined;
  readonly priority?: number | undefined;
  readonly scheduling?: Scheduling | undefined;
  readonly affinity?: readonly number[] | undefined;
  readonly limits?: ReadonlyMap<LimitName, Limit> | undefined;
  readonly ioPriority?: IoPriority | undefined;
  /** A cgroup v2 directory, absolute. */
  readonly cgroup?: string | undefined;
  readonly oomScoreAdjust?: number | undefined;
  /** A signal number, sent to the child when this program dies. */
  readonly deathSignal?: number | undefined;
}

/** A program to start, fully worked out: nothing here is looked up or defaulted any more. */
export interface SpawnRequest {
  /** As the caller named it, for messages. */
  readonly program: string;
  /** The paths to try, in order; the first that can be executed wins (execvp(3)). */
  readonly candidates: readonly string[];
  /** argv, argv[0] included. */
  readonly argv: readonly string[];
  /** 'NAME=value' entries; undefined: this program's own environment. */
  readonly env: readonly string[] | undefined;
  readonly cwd: string | undefined;
  /** By the child's descriptor number. What is not named is not open in the child; 0, 1, 2 always are. */
  readonly descriptors: ReadonlyMap<number, DescriptorSource>;
  readonly attributes: NewProcessAttributes | undefined;
  /** Stop it when this program ends. */
  readonly cleanup: boolean;
}

/** A program that was started. */
export interface Started {
  readonly ref: ProcessRef;
  /** Our ends of its pipes and socket pairs, by the child's descriptor number. */
  readonly ends: ReadonlyMap<number, Readable | Writable | Duplex>;
}

/** What a fork is given. */
export interface ForkRequest {
  /** How long what is under way in other threads may take to come to rest, in milliseconds. */
  readonly settleMs: number;
}

/** What a blocking run does with bytes. */
export interface SyncRequest {
  readonly spawn: SpawnRequest;
  /** Fed to the child's descriptor 0, which is a pipe 'in' then. */
  readonly input: Uint8Array | undefined;
  /** Milliseconds until `killSignal` is sent; undefined: no bound. */
  readonly timeoutMs: number | undefined;
  readonly killSignal: number;
  /** Milliseconds between `killSignal` and SIGKILL. */
  readonly graceMs: number;
  /** Most bytes kept of each captured stream; reading on goes to nowhere. */
  readonly maxBuffer: number;
  /** Milliseconds of silence, after the exit, until a pipe that a grandchild holds is given up. */
  readonly drainMs: number;
  /**
   * Called on this thread, in the midst, when the time is over: sends the signal as far as it should
   * reach (the process, or its tree).
   */
  readonly stop: (pid: number, number: number) => void;
}

export interface SyncOutcome {
  readonly pid: number;
  readonly end: End;
  /** The bytes of each pipe 'out', by the child's descriptor number. */
  readonly captured: ReadonlyMap<number, Uint8Array>;
  /** The captured streams that were longer than maxBuffer. */
  readonly truncated: readonly number[];
  readonly timedOut: boolean;
}

/** A row of the process table. */
export interface ProcessRow {
  readonly pid: number;
  readonly ppid: number;
  readonly pgid: number;
  readonly sid: number;
  /** One letter, as /proc/PID/stat has it. */
  readonly state: string;
  /** In clock ticks since boot: with the pid, the identity of a process. */
  readonly startTime: number;
}

/** What can be read and set of any process, by a pid that `ref` keeps from being recycled. */
export interface ProcessAttributes {
  getPriority(ref: ProcessRef): number;
  setPriority(ref: ProcessRef, nice: number): void;
  getAffinity(ref: ProcessRef): number[];
  setAffinity(ref: ProcessRef, cpus: readonly number[]): void;
  getLimits(ref: ProcessRef): Record<LimitName, Limit>;
  setLimit(ref: ProcessRef, name: LimitName, limit: Limit): void;
  getScheduling(ref: ProcessRef): Scheduling;
  setScheduling(ref: ProcessRef, scheduling: Scheduling): void;
  getIoPriority(ref: ProcessRef): IoPriority;
  setIoPriority(ref: ProcessRef, ioPriority: IoPriority): void;
}

export type Disposition = 'default' | 'ignored' | 'handled';

/** The signals of this program itself: the real dispositions and masks. */
export interface OwnSignals {
  disposition(number: number): Disposition;
  ignore(number: number): void;
  /** SIG_DFL, also where Node or a library had put a handler. */
  reset(number: number): void;
  /** Blocks on every thread of this program. */
  block(numbers: readonly number[]): void;
  unblock(numbers: readonly number[]): void;
  blocked(): number[];
  pending(): number[];
}

export type DescriptorType =
  | 'file'
  | 'directory'
  | 'pipe'
  | 'socket'
  | 'terminal'
  | 'characterDevice'
  | 'blockDevice'
  | 'other';

/** Descriptors of this program. Each returned one is close-on-exec. */
export interface Descriptors {
  pipe(): [readEnd: number, writeEnd: number];
  socketpair(): [number, number];
  open(path: string, flags: string | number, mode: number): number;
  duplicate(fd: number): number;
  close(fd: number): void;
  /** What is open there; throws EBADF. */
  type(fd: number): DescriptorType;
  getCloseOnExec(fd: number): boolean;
  setCloseOnExec(fd: number, on: boolean): void;
  /**
   * Sends bytes and open files over a socket; never blocks. Returns how many bytes went: fewer than
   * given if there was no room for more, 0 if it is full (nothing went). The files go with the first
   * byte; without bytes a zero byte is sent for them, and 1 returned.
   */
  send(socket: number, data: Uint8Array, descriptors: readonly number[]): number;
  /** The next message; undefined if none is there yet; 'closed' at the end. */
  receive(
    socket: number,
    maxBytes: number,
  ): { data: Uint8Array; descriptors: number[] } | undefined | 'closed';
  /** Calls back once when the descriptor can be read or written. Returns what cancels it. */
  whenReady(fd: number, direction: 'read' | 'write', callback: () => void): () => void;
}

/** What only a program can do to itself. */
export interface OwnProcess {
  processGroup(): number;
  session(): number;
  getSubreaper(): boolean;
  setSubreaper(on: boolean): void;
  /** SIGABRT with its default action, on the whole program. */
  abort(): never;
  /**
   * The pid of a child that has ended and nobody reaped, ours or adopted (a subreaper's orphans), which no
   * ProcessRef looks after; never one of node:child_process. undefined if there is none.
   */
  reapAdopted(): { pid: number; end: End } | undefined;
}

/** Whether something can be had here, and if not, why. */
export interface Feature {
  readonly available: boolean;
  readonly reason: string;
}

export type FeatureName =
  | 'addon'
  | 'spawn'
  | 'exec'
  | 'pidfd'
  | 'foreignExitCodes'
  | 'cgroup'
  | 'closeRange'
  | 'descriptorPassing'
  | 'attributes'
  | 'deathSignal'
  | 'fork'
  | 'events';

export type Features = Readonly<Record<FeatureName, Feature>>;

export interface Platform {
  readonly name: 'linux' | 'portable';
  features(): Features;
  spawn(request: SpawnRequest): Promise<Started>;
  spawnSync(request: SyncRequest): SyncOutcome;
  /**
   * fork(2): returns twice, with the child's reference in the parent and with undefined in the child.
   * Throws an UnsupportedError, before anything has changed, where the child could not live.
   */
  fork(request: ForkRequest): ProcessRef | undefined;
  /** Throws NoSuchProcessError or PermissionError. */
  attach(pid: number): ProcessRef;
  /** Replaces this program; returns only by throwing a SpawnError. Pipes, socket pairs: not here. */
  exec(request: SpawnRequest): never;
  /** kill(2) on a whole group; false if it has no member any more. */
  signalGroup(pgid: number, number: number): boolean;
  /** Every process there is, at one moment as far as the OS can give it. */
  table(): ProcessRow[];
  /** One row; undefined if there is no such process. */
  row(pid: number): ProcessRow | undefined;
  readonly attributes: ProcessAttributes;
  readonly ownSignals: OwnSignals;
  readonly descriptors: Descriptors;
  readonly own: OwnProcess;
}

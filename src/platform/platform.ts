/**
 * The contract between brood and an operating system: one list of names. `linux/` keeps it with the
 * native addon, `portable/` with node:child_process; nothing above this room knows which one it is.
 *
 * Failures are thrown or rejected as the kinds of errors.ts, never as raw errno objects; what a
 * platform cannot do is an UnsupportedError that names what can. Arguments arrive checked.
 */
import type { Readable } from 'node:stream';

import type { Collected } from './collected.ts';
import type { ForkServer, ForkServerPlan, Serving, TemplatePlan } from './fork-server.ts';
import type { Look } from './look.ts';
import type {
  CleanForkRequest,
  ForkRequest,
  IoPriority,
  Limit,
  LimitName,
  Scheduling,
  SpawnRequest,
  Started,
  SyncOutcome,
  SyncRequest,
} from './new-process.ts';
import type { End, ProcessRef } from './process-ref.ts';
import type { ServiceSockets } from './service-sockets.ts';
import type { SharedRecords } from './shared-records.ts';

export type * from './collected.ts';
export type * from './fork-server.ts';
export type * from './look.ts';
export type * from './new-process.ts';
export type * from './process-ref.ts';

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
  /** How many processors it may keep busy: affinity and, on Linux, quotas of control groups count. */
  processors(): number;
  /**
   * The pid of a child that has ended and nobody reaped, ours or adopted (a subreaper's orphans), which no
   * ProcessRef looks after; never one of node:child_process. undefined if there is none.
   */
  reapAdopted(): { pid: number; end: End } | undefined;
  /**
   * From now on a thread reaps orphans that come to this program, and at its end what is left below it
   * gets SIGTERM, and SIGKILL that much later.
   */
  takeOffice(graceMs: number): void;
  /** How many orphans that thread has reaped. */
  orphansReaped(): number;
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
  | 'sharedMemory'
  | 'attributes'
  | 'deathSignal'
  | 'fork'
  | 'forkEntry'
  | 'forkServer'
  | 'events';

export type Features = Readonly<Record<FeatureName, Feature>>;

export interface Platform {
  readonly name: 'linux' | 'portable';
  features(): Features;
  spawn(request: SpawnRequest): Promise<Started>;
  spawnSync(request: SyncRequest): SyncOutcome;
  /**
   * Keeps an output in one piece from its first byte on, at most `maxBuffer` bytes of it; the stream
   * tells nothing but its end then. Undefined where that saves nothing, and the stream is as it was.
   */
  collect(stream: Readable, maxBuffer: number): Collected | undefined;
  /**
   * fork(2): returns twice, with the child's reference in the parent and with undefined in the child.
   * Throws an UnsupportedError, before anything has changed, where the child could not live.
   */
  fork(request: ForkRequest): ProcessRef | undefined;
  /**
   * fork(2) between two turns of the event loop, for a child in which nothing of this program goes on but
   * `entry`: no timer, handle, request or listener, and nobody is told of its end. Rejects with an
   * UnsupportedError as fork() does, and with a SpawnError where the child could not be set up.
   */
  forkClean(request: CleanForkRequest): Promise<Started>;
  /** The fork server of that plan: the same one for the same modules. Throws UnsupportedError. */
  forkServer(plan: ForkServerPlan): ForkServer;
  /** A template of this program, and the program's side of it. Throws UnsupportedError. */
  template(plan: TemplatePlan): ForkServer;
  /** Throws NoSuchProcessError or PermissionError. */
  attach(pid: number): ProcessRef;
  /** Replaces this program; returns only by throwing a SpawnError. Pipes, socket pairs: not here. */
  exec(request: SpawnRequest): never;
  /** The path of the native program brood-init. Throws an UnsupportedError where it is not there. */
  initProgram(): string;
  /** kill(2) on a whole group; false if it has no member any more. */
  signalGroup(pgid: number, number: number): boolean;
  /** Every process there is, at one moment as far as the OS can give it. */
  table(): ProcessRow[];
  /** One row; undefined if there is no such process. */
  row(pid: number): ProcessRow | undefined;
  readonly look: Look;
  readonly attributes: ProcessAttributes;
  readonly ownSignals: OwnSignals;
  readonly descriptors: Descriptors;
  readonly own: OwnProcess;
  readonly serving: Serving;
  readonly shared: SharedRecords;
  readonly serviceSockets: ServiceSockets;
}

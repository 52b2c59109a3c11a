/**
 * What a new process is made of, as a platform takes it, and what comes of it. Part of the contract of
 * platform.ts.
 */
import type { Duplex, Readable, Writable } from 'node:stream';

import type { End, ProcessRef } from './process-ref.ts';

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
  /**
   * The place in the environment (of the request) of a variable with a value of ten digits, which the
   * child replaces by its own pid before exec.
   */
  readonly pidVariable?: number | undefined;
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
  /** Its death signal is for itself alone, not for the tree of what it starts. */
  readonly withoutKeeper?: boolean;
  /** For exec: it begins with every signal blocked, and asks itself for those that have come. */
  readonly holdSignals?: boolean;
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

/** A fork in whose child only its entry runs. */
export interface CleanForkRequest extends ForkRequest {
  /**
   * What the child is given. Program and arguments count for messages only, and what descriptors are not
   * named stay open.
   */
  readonly spawn: SpawnRequest;
  /** Descriptors of the handles of this program that go on there. */
  readonly keep: readonly number[];
  /** Called in the child, on an empty stack, when all is mended. */
  readonly entry: () => void;
  /** Called in the child when nothing is left to do there, before 'exit' is told. */
  readonly last: () => void;
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

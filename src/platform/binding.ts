/**
 * The one file that loads the addon. A loader that hides why it failed costs its users hours, so the
 * reason is kept and shown by `features()`.
 */
import { createRequire } from 'node:module';

import type { NativeShared } from './native-shared.ts';

/** What a failed native call throws: translated to the kinds of errors.ts by translate.ts. */
export interface NativeFailure extends Error {
  readonly errno: number;
  readonly syscall: string;
}

/** A process that has ended: its wait status (-1: not known), and the nine numbers of RawUsage or none. */
export type NativeEnd = [waitStatus: number, ...usage: number[]];

/** The attributes of a new process, as numbers of the kernel; every one may be missing. */
export interface NativeAttributes {
  uid?: number;
  gid?: number;
  groups?: number[];
  umask?: number;
  processGroup?: number;
  session?: boolean;
  controllingTerminal?: number;
  priority?: number;
  /** [policy, priority] */
  scheduling?: [number, number];
  affinity?: number[];
  /** Flat triples: resource, soft, hard; -1 for none. */
  limits?: number[];
  /** As ioprio_set(2) takes it: class << 13 | level. */
  ioPriority?: number;
  cgroup?: string;
  oomScoreAdjust?: number;
  deathSignal?: number;
  /** The descriptor by which the child makes itself known to the keeper (linux/keeper.ts). */
  keeper?: number;
}

/**
 * A program to start: lists of strings are one string with a NUL after each entry, so one call of
 * Node-API carries each list. `descriptors` are a count and so many triples: the child's number, a kind
 * (0 descriptor, 1 pipe in, 2 pipe out, 3 socket pair, 4 null, 5 closed, 6 file to read, 7 to write,
 * 8 to append, 9 same as), and the source (a descriptor, an index into `files`, a child's number).
 */
export type NativeProgram = [
  candidates: string,
  argv: string,
  env: string | undefined,
  cwd: string | undefined,
  descriptors: Int32Array,
  files: string,
  attributes: NativeAttributes | undefined,
];

/** Called by the addon on the loop of the thread that called start(). */
export interface NativeHandlers {
  /** `ends` are flat pairs: the child's number, our descriptor. */
  started(id: number, pid: number, ends: number[] | undefined): void;
  failed(id: number, failure: NativeSpawnFailure): void;
  /** undefined: a stranger ended, and its parent has yet to reap it: ask again after 200 ms. */
  ended(id: number, waitStatus: number | undefined): void;
}

/** A spawn that failed in a blocking form. `stage` counts as in stages.ts. */
export interface NativeSpawnFailure extends NativeFailure {
  readonly stage: number;
  readonly path: string | undefined;
}

/** What addon.cc registers, by the file of native/ that has it. */
export interface NativeAddon extends NativeShared {
  // instance.cc
  /**
   * `usage` is filled in whenever a wait status is told: 1 if there is any (0 if not), and the nine
   * numbers of RawUsage.
   */
  start(handlers: NativeHandlers, options: { pidfd: boolean; usage: Float64Array }): void;
  /** errno by feature, 0 when it is there: [pidfd, PIDFD_GET_INFO with exit codes, cgroups, close_range] */
  probe(): [number, number, number, number];

  // spawn.cc
  /** Returns the id under which handlers hear of it. */
  spawn(cleanup: boolean, ...program: NativeProgram): number;
  // exec.cc
  exec(...program: NativeProgram): never;
  // run_sync.cc
  runSync(
    bounds: {
      timeoutMs: number;
      killSignal: number;
      graceMs: number;
      maxBuffer: number;
      drainMs: number;
      /** Called on this thread, when the time is over, with what is to be sent. */
      stop: (pid: number, number: number) => void;
    },
    input: Uint8Array | undefined,
    ...program: NativeProgram
  ): {
    pid: number;
    end: NativeEnd;
    /** Flat pairs. */
    captured: (number | Uint8Array)[];
    truncated: number[];
    timedOut: boolean;
  };

  // processes_js.cc: by the id of spawn() or attach()
  attach(pid: number): number;
  /** Starts watching an attached process; children are watched from their birth. */
  watch(id: number): void;
  /** Looks, without waiting; reaps a child that ended. The wait status, -1: not known. */
  poll(id: number): number | undefined;
  /** timeoutMs -1: no bound. */
  waitSync(id: number, timeoutMs: number): number | undefined;
  signal(id: number, number: number): boolean;
  setCleanup(id: number, on: boolean): void;
  /** Closes what is held for an attached process or an ended child. */
  release(id: number): void;
  /** Whether the watcher keeps the loop alive. */
  keepAlive(on: boolean): void;
  /** Reaps one child by pid; undefined if it still runs or is none of ours. */
  reap(pid: number): NativeEnd | undefined;

  // process_table.cc
  /** Flat rows of six: pid, ppid, pgid, sid, state (a character code), start time. One row if pid is given. */
  table(pid?: number): number[];

  // attributes.cc
  getPriority(pid: number): number;
  setPriority(pid: number, nice: number): void;
  getAffinity(pid: number): number[];
  setAffinity(pid: number, cpus: readonly number[]): void;
  getLimit(pid: number, resource: number): [soft: number, hard: number];
  setLimit(pid: number, resource: number, soft: number, hard: number): void;
  getScheduling(pid: number): [policy: number, priority: number];
  setScheduling(pid: number, policy: number, priority: number): void;
  getIoPriority(pid: number): number;
  setIoPriority(pid: number, value: number): void;

  // own.cc
  getProcessGroup(): number;
  getSession(): number;
  getSubreaper(): boolean;
  setSubreaper(on: boolean): void;
  abort(): never;

  // signal.cc
  /** 0 default, 1 ignored, 2 handled. */
  getDisposition(number: number): number;
  ignoreSignal(number: number): void;
  resetSignal(number: number): void;
  blockSignals(numbers: readonly number[]): void;
  unblockSignals(numbers: readonly number[]): void;
  blockedSignals(): number[];
  pendingSignals(): number[];

  // descriptor.cc
  pipe(): [number, number];
  socketpair(): [number, number];
  duplicate(fd: number): number;
  close(fd: number): void;
  /** st_mode of fstat(2), and whether it is a terminal. */
  describe(fd: number): [mode: number, terminal: boolean];
  getCloseOnExec(fd: number): boolean;
  setCloseOnExec(fd: number, on: boolean): void;
  // readiness.cc
  /** Calls back once; returns a token for stopWaiting. */
  whenReady(fd: number, write: boolean, callback: () => void): number;
  stopWaiting(token: number): void;
  // message.cc
  /** How many bytes went, at least 1; 0: it is full. Without data one zero byte is sent. */
  send(socket: number, data: Uint8Array, descriptors: readonly number[]): number;
  /** undefined: nothing there yet; null: the other side has closed. */
  receive(
    socket: number,
    maxBytes: number,
  ): { data: Uint8Array; descriptors: number[] } | undefined | null;
}

/** The addon, or the reason why there is none. */
export type Loaded =
  | { readonly addon: NativeAddon; readonly reason: string }
  | { readonly addon: undefined; readonly reason: string };

let loaded: Loaded | undefined;

/** Loads the addon once: the one built here, or else the prebuilt one of this machine's kind. */
export function binding(): Loaded {
  loaded ??= load();
  return loaded;
}

function load(): Loaded {
  if (process.env['BROOD_PLATFORM'] === 'portable') {
    return { addon: undefined, reason: 'BROOD_PLATFORM=portable is set' };
  }
  if (process.platform !== 'linux') {
    return { addon: undefined, reason: `the addon is for Linux, this is ${process.platform}` };
  }
  const require = createRequire(import.meta.url);
  const failures: string[] = [];
  for (const place of places()) {
    try {
      return { addon: require(place) as NativeAddon, reason: `loaded from ${place}` };
    } catch (error) {
      failures.push(`${place}: ${(error as Error).message.split('\n')[0]}`);
    }
  }
  return { addon: undefined, reason: `the addon cannot load (${failures.join('; ')})` };
}

/**
 * Where an addon may be: built in the checkout, or installed beside brood for this kind of machine. One
 * at a time: to tell the C library takes milliseconds, and is only asked when the first is not there.
 */
function* places(): Generator<string> {
  yield '../../build/Release/brood.node';
  yield `@brood/${process.platform}-${process.arch}${libc()}`;
}

/** musl and glibc need binaries of their own; only glibc names its version in the report. */
function libc(): string {
  const header = (process.report.getReport() as { header: { glibcVersionRuntime?: string } })
    .header;
  return header.glibcVersionRuntime === undefined ? '-musl' : '';
}

/**
 * The one file that loads the addon. A loader that hides why it failed costs its users hours, so the
 * reason is kept and shown by `features()`.
 */
import { createRequire } from 'node:module';

import type { NativeForks } from './native-forks.ts';
import type { NativeFailure, NativeProgram, NativeSpawnFailure } from './native-program.ts';
import type { NativeShared } from './native-shared.ts';

export type {
  NativeAttributes,
  NativeFailure,
  NativeProgram,
  NativeSpawnFailure,
} from './native-program.ts';

/** A process that has ended: its wait status (-1: not known), and the nine numbers of RawUsage or none. */
export type NativeEnd = [waitStatus: number, ...usage: number[]];

/** Called by the addon on the loop of the thread that called start(). */
export interface NativeHandlers {
  /** `ends` are flat pairs: the child's number, our descriptor. */
  started(id: number, pid: number, ends: number[] | undefined): void;
  failed(id: number, failure: NativeSpawnFailure): void;
  /** undefined: a stranger ended, and its parent has yet to reap it: ask again after 200 ms. */
  ended(id: number, waitStatus: number | undefined): void;
}

/** What addon.cc registers, by the file of native/ that has it. */
export interface NativeAddon extends NativeForks, NativeShared {
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
  /** `holdSignals`: every signal stays blocked. */
  exec(holdSignals: boolean, ...program: NativeProgram): never;
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
  /** A child that another process has made for us; the pidfd (-1: there are none) is taken over. */
  adopt(pid: number, pidfd: number): number;
  /** Starts watching an attached process; children are watched from their birth. */
  watch(id: number): void;
  /** Looks, without waiting; reaps a child that ended. The wait status, -1: not known. */
  poll(id: number): number | undefined;
  /** timeoutMs -1: no bound. */
  waitSync(id: number, timeoutMs: number): number | undefined;
  signal(id: number, number: number): boolean;
  inode(id: number): bigint | undefined;
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

  // look_js.cc: promises are of what packer.h packs
  pids(): Promise<ArrayBuffer>;
  /** `items`: names with line feeds between them. */
  look(pids: Int32Array, items: string): Promise<ArrayBuffer>;
  clock(): [pageSize: number, ticksPerSecond: number, bootTimeMs: number];
  // stat_watch_js.cc
  openStatWatch(): object;
  /**
   * Pids, each with a piece: empty (the line of stat is the same as at the last look), the line, or
   * ESRCH (another process than at the last look). `anew`, in ascending order: told in any case.
   */
  lookAtStats(watch: object, anew: Int32Array): Promise<ArrayBuffer>;
  closeStatWatch(watch: object): void;
  // holders.cc, unix_peers.cc
  holders(targets: readonly Buffer[], everywhere: boolean): Promise<ArrayBuffer>;
  unixPeers(): Promise<ArrayBuffer>;
  // events.cc
  /** 0, or the errno for which the kernel tells no events: ETIMEDOUT where it stays silent. */
  probeEvents(): number;
  /** Rows of eight numbers, and names at the places of their rows. Returns what ends it. */
  listen(
    heard: (
      rows: readonly number[],
      names: readonly (Buffer | undefined)[],
      lost: boolean,
      silence: NativeFailure | undefined,
    ) => void,
  ): () => void;

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
  // office.cc
  takeOffice(graceMs: number): void;
  orphansReaped(): number;
  /** That many more children are being made for us by another process; they count as ours. */
  expectChildren(more: number): void;

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
  // growing_memory.cc
  /** New memory, or the same with more room; `memory` is detached then. Zeroes behind what was there. */
  growMemory(memory: ArrayBuffer | undefined, size: number): ArrayBuffer;
  /** The first `length` bytes, undefined for none; the rest is given back, and `memory` detached. */
  trimMemory(memory: ArrayBuffer, length: number): ArrayBuffer | undefined;
  // notify_socket.cc
  notifySocket(name: string): number;
  receiveNotification(socket: number): [pid: number, text: string] | undefined;
  // listening_socket.cc
  /** A numeric address and a port, or a path alone. */
  listeningSocket(host: string, port: number | undefined): [fd: number, port: number];
}

/** The addon, and where it is. */
export interface LoadedAddon {
  readonly addon: NativeAddon;
  readonly reason: string;
  readonly path: string;
}

/** The addon, or the reason why there is none. */
export type Loaded = LoadedAddon | { readonly addon: undefined; readonly reason: string };

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
      const addon = require(place) as NativeAddon;
      return { addon, reason: `loaded from ${place}`, path: require.resolve(place) };
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

/** Starting programs: requests out to the addon, streams and handles back. */
import { Socket } from 'node:net';
import { isMainThread } from 'node:worker_threads';

import type { NativeAddon, NativeSpawnFailure } from '../binding.ts';
import type {
  DescriptorSource,
  ProcessRef,
  SpawnRequest,
  Started,
  SyncOutcome,
  SyncRequest,
} from '../platform.ts';
import { spawnFailure, type RawFailure } from '../spawn-failure.ts';
import { endOf } from './end-of.ts';
import { Keeper } from './keeper.ts';
import { outputStream } from './output-stream.ts';
import type { Processes } from './processes.ts';
import { nativeProgram } from './request.ts';

interface Starting {
  readonly request: SpawnRequest;
  readonly resolve: (started: Started) => void;
  readonly reject: (error: Error) => void;
}

const noEnds: Started['ends'] = new Map();

/** Our end of a pipe or socket pair as a stream, which owns the descriptor from here on. */
function streamOf(fd: number, source: DescriptorSource | undefined): Socket {
  if (source?.kind !== 'pipe') return new Socket({ fd, readable: true, writable: true });
  return source.direction === 'out'
    ? outputStream(fd)
    : new Socket({ fd, readable: false, writable: true });
}

/** The starts that are on their way through the thread pool. */
export class Starts {
  readonly #addon: NativeAddon;
  readonly #processes: Processes;
  /** Our ends of the pipes and socket pairs of children. */
  readonly #open = new Set<Socket>();
  readonly #starting = new Map<number, Starting>();
  readonly #keeper: Keeper;

  constructor(addon: NativeAddon, processes: Processes) {
    this.#addon = addon;
    this.#processes = processes;
    this.#keeper = new Keeper(addon, (request, keeper) => this.#spawn(request, keeper));
  }

  /**
   * In a forked child what is being started is the parent's, and so are the ends of its children. In a
   * clean one those lead nowhere already.
   */
  atFork(inChild: boolean, clean: boolean): void {
    this.#keeper.atFork(inChild);
    if (!inChild || (this.#starting.size === 0 && this.#open.size === 0)) return;
    this.#starting.clear();
    for (const stream of clean ? [] : this.#open) {
      stream.removeAllListeners();
      stream.on('error', () => {});
      stream.destroy();
    }
    this.#open.clear();
  }

  spawn(request: SpawnRequest): Promise<Started> {
    return this.kept(request, (keeper) => this.#spawn(request, keeper));
  }

  /** Starts what has a death signal with a keeper, and everything else without. */
  kept<T extends Started>(
    request: SpawnRequest,
    start: (keeper?: number) => Promise<T>,
  ): Promise<T> {
    const deathSignal = request.attributes?.deathSignal;
    // What is to live on without us, and what a worker starts, has the kernel's death signal alone.
    const alone = request.withoutKeeper === true || !request.cleanup || !isMainThread;
    return deathSignal === undefined || alone ? start() : this.#keeper.keep(deathSignal, start);
  }

  #spawn(request: SpawnRequest, keeper?: number): Promise<Started> {
    return new Promise((resolve, reject) => {
      const id = this.#addon.spawn(request.cleanup, ...nativeProgram(request, keeper));
      this.#starting.set(id, { request, resolve, reject });
    });
  }

  started(id: number, pid: number, ends: number[] | undefined): void {
    const starting = this.#starting.get(id)!;
    this.#starting.delete(id);
    starting.resolve(this.born(id, pid, ends, starting.request));
  }

  /** A child that has just started, with streams over our ends. */
  born(id: number, pid: number, ends: number[] | undefined, request: SpawnRequest): Started {
    const ref: ProcessRef = this.#processes.born(id, pid);
    return { ref, ends: ends === undefined ? noEnds : this.streamsOf(ends, request) };
  }

  failed(id: number, raw: RawFailure): void {
    const starting = this.#starting.get(id)!;
    this.#starting.delete(id);
    starting.reject(spawnFailure(starting.request.program, raw));
  }

  exec(request: SpawnRequest): never {
    return this.#orFailure(request, () => {
      const hold = request.holdSignals === true;
      return this.#addon.exec(hold, ...nativeProgram(request));
    });
  }

  spawnSync(request: SyncRequest): SyncOutcome {
    const { spawn, input, timeoutMs, ...bounds } = request;
    const outcome = this.#orFailure(spawn, () =>
      this.#addon.runSync(
        { ...bounds, timeoutMs: timeoutMs === undefined ? -1 : Math.ceil(timeoutMs) },
        input,
        ...nativeProgram(spawn),
      ),
    );
    const captured = new Map<number, Uint8Array>();
    for (let at = 0; at < outcome.captured.length; at += 2) {
      captured.set(outcome.captured[at] as number, outcome.captured[at + 1] as Uint8Array);
    }
    return {
      pid: outcome.pid,
      end: endOf(outcome.end),
      captured,
      truncated: outcome.truncated,
      timedOut: outcome.timedOut,
    };
  }

  /** Streams over our ends, given in pairs of the child's number and ours. */
  streamsOf(pairs: readonly number[], request: SpawnRequest): Started['ends'] {
    const ends = new Map<number, Socket>();
    for (let at = 0; at < pairs.length; at += 2) {
      const target = pairs[at]!;
      ends.set(target, this.streamOver(pairs[at + 1]!, request.descriptors.get(target)));
    }
    return ends;
  }

  /** A stream to a child, which a forked child of ours does not keep. */
  streamOver(fd: number, source: DescriptorSource | undefined): Socket {
    const stream = streamOf(fd, source);
    this.#open.add(stream);
    stream.once('close', () => this.#open.delete(stream));
    return stream;
  }

  #orFailure<T>(request: SpawnRequest, call: () => T): T {
    try {
      return call();
    } catch (error) {
      if (!(error instanceof Error) || !('stage' in error)) throw error;
      throw spawnFailure(request.program, error as NativeSpawnFailure);
    }
  }
}

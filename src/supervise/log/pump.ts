/**
 * The output of one process to where it goes. What is not taken is not read: the child then waits in
 * its write(2), and the memory of this program does not grow.
 */
import type { Socket } from 'node:net';
import type { Readable } from 'node:stream';

import { Batch, type LogSink, type Speaker } from './batch.ts';
import { WholeLines } from './whole-lines.ts';

/** What is read from. */
export interface PumpSource {
  readonly speaker: Speaker;
  readonly pid: number | undefined;
  readonly stdout: Readable | null;
  readonly stderr: Readable | null;
}

type Listener = (batch: Batch) => void;

/** Reads both streams of a process to their end. */
export class Pump {
  readonly #source: PumpSource;
  readonly #sinks: readonly LogSink[];
  readonly #listeners = new Set<Listener>();
  readonly #streams: readonly Readable[];
  #moved = 0;
  #held = 0;
  /** Resolves when both have come to their end and every line was handed to every sink. */
  readonly done: Promise<void>;

  constructor(source: PumpSource, sinks: readonly LogSink[]) {
    this.#source = source;
    this.#sinks = sinks;
    const { stdout, stderr } = source;
    this.#streams = [stdout, stderr].filter((stream) => stream !== null);
    this.done = Promise.all([this.#read(stdout, 'stdout'), this.#read(stderr, 'stderr')]).then(
      () => undefined,
    );
  }

  /** Calls back with each batch, before it goes to the sinks. Returns what ends it. */
  listen(listener: Listener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /**
   * Resolves when all is read (`'done'`); when the sinks take no more (`'held'`: it goes on as soon as
   * they do); or when nothing came for so long, because somebody else holds the pipe (`'idle'`).
   */
  async settle(idleMs: number): Promise<'done' | 'held' | 'idle'> {
    for (;;) {
      const before = this.#moved;
      if (await within(this.done, idleMs)) return 'done';
      if (this.#moved === before) return this.#held > 0 ? 'held' : 'idle';
    }
  }

  /** Goes on reading, but does not keep the event loop alive. */
  letGo(): void {
    for (const stream of this.#streams) (stream as Partial<Socket>).unref?.();
  }

  #read(stream: Readable | null, name: 'stdout' | 'stderr'): Promise<void> {
    if (stream === null) return Promise.resolve();
    const lines = new WholeLines();
    let turn: Promise<void> | undefined;
    return new Promise((resolve) => {
      stream.on('data', (chunk: Buffer) => {
        const held = this.#hand(name, lines.push(chunk));
        if (held === undefined) return;
        stream.pause();
        this.#held++;
        turn = held.then(() => {
          this.#held--;
          stream.resume();
          return undefined;
        });
      });
      // 'close' comes after 'end', and also where reading failed: nothing more comes either way.
      stream.once('error', () => undefined);
      stream.once('close', () => {
        const last = this.#hand(name, lines.end());
        void Promise.all([turn, last]).then(() => resolve());
      });
    });
  }

  #hand(stream: 'stdout' | 'stderr', bytes: Buffer): Promise<void> | undefined {
    if (bytes.length === 0) return undefined;
    this.#moved++;
    const batch = new Batch(this.#source.speaker, this.#source.pid, stream, bytes);
    for (const listener of this.#listeners) listener(batch);
    const held: Promise<void>[] = [];
    for (const sink of this.#sinks) {
      const full = sink.write(batch);
      if (full !== undefined) held.push(full);
    }
    return held.length === 0 ? undefined : Promise.all(held).then(() => undefined);
  }
}

async function within(promise: Promise<void>, ms: number): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const over = new Promise<boolean>((resolve) => {
    timer = setTimeout(resolve, ms, false);
  });
  try {
    return await Promise.race([promise.then(() => true), over]);
  } finally {
    clearTimeout(timer);
  }
}

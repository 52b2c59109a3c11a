/**
 * The keeper: a small process that outlives this program by a moment, to end the trees of children
 * that have a `deathSignal`. The kernel's own death signal reaches the child alone; what the child
 * started would live on.
 *
 * It runs while there are such children, in a session of its own, where no signal for our group or
 * terminal reaches it. A child makes itself known there before its exec, so no moment is left in
 * which it is not kept. Where no keeper can be had, the kernel's death signal is set as always.
 */
import { closeSync } from 'node:fs';

import type { NativeAddon } from '../binding.ts';
import type { ProcessRef, SpawnRequest, Started } from '../platform.ts';
import { keeperScript } from './keeper-script.ts';

type Start = (request: SpawnRequest, keeper?: number) => Promise<Started>;

/** Keeps the children of this program that have a death signal. */
export class Keeper {
  readonly #addon: NativeAddon;
  readonly #start: Start;
  /** Our end; undefined: there is no keeper now. */
  #socket: Promise<number | undefined> | undefined;
  #fd: number | undefined;
  /** The death signals of those that are kept, by pid. */
  readonly #kept = new Map<number, number>();
  /** Starts that were promised a keeper and have not told how they went. */
  #pending = 0;
  /** Every end that is open here, ours and those on their way to a keeper. */
  readonly #open = new Set<number>();
  /** How many forks this program comes from. */
  #generation = 0;

  constructor(addon: NativeAddon, start: Start) {
    this.#addon = addon;
    this.#start = start;
  }

  /** Starts a child whose tree is to be kept, by `start`, which is given the keeper's descriptor. */
  async keep<T extends Started>(
    deathSignal: number,
    start: (keeper: number | undefined) => Promise<T>,
  ): Promise<T> {
    const here = this.#generation;
    this.#pending++;
    try {
      const keeper = await (this.#socket ??= this.#begin());
      if (here !== this.#generation) return await never();
      const started = await start(keeper);
      if (here !== this.#generation) return await never();
      if (keeper !== undefined) this.#keep(started.ref, deathSignal);
      return started;
    } finally {
      if (here === this.#generation) this.#pending--;
      this.#endIfIdle();
    }
  }

  /**
   * In a forked child who is kept is the parent's, and so is the keeper. It waits for the end of its
   * input, so an end that stayed open here would let the parent die without its notice.
   */
  atFork(inChild: boolean): void {
    this.#generation += inChild ? 1 : 0;
    if (!inChild) return;
    if (this.#open.size === 0 && this.#kept.size === 0 && this.#pending === 0) return;
    for (const fd of this.#open) closeSync(fd);
    this.#open.clear();
    this.#kept.clear();
    this.#fd = undefined;
    this.#socket = undefined;
    this.#pending = 0;
  }

  #close(fd: number): void {
    if (this.#open.delete(fd)) closeSync(fd);
  }

  #keep(ref: ProcessRef, deathSignal: number): void {
    this.#kept.set(ref.pid, deathSignal);
    ref.onEnd(() => {
      this.#kept.delete(ref.pid);
      this.#say(`-${ref.pid}`);
      this.#endIfIdle();
    });
  }

  async #begin(): Promise<number | undefined> {
    let pair: [number, number];
    try {
      pair = this.#addon.socketpair();
    } catch {
      return this.#none();
    }
    const [ours, its] = pair;
    const here = this.#generation;
    this.#open.add(ours).add(its);
    try {
      const { ref } = await this.#start(keeperRequest(its));
      if (here !== this.#generation) return await never();
      this.#fd = ours;
      ref.onEnd(() => {
        if (here === this.#generation) this.#ended(ours);
      });
      // Those that a keeper before this one kept.
      for (const [pid, signal] of this.#kept) this.#say(`+${pid} ${signal}`);
      // They may all have ended while it started.
      this.#endIfIdle();
      return ours;
    } catch {
      if (here !== this.#generation) return await never();
      this.#close(ours);
      return this.#none();
    } finally {
      if (here === this.#generation) this.#close(its);
    }
  }

  /** No descriptors left, or no shell here: the kernel's own death signal has to do, this time. */
  #none(): undefined {
    this.#socket = undefined;
    return undefined;
  }

  /** It went, or somebody killed it: then those that it kept get another one. */
  #ended(fd: number): void {
    this.#close(fd);
    if (this.#fd !== fd) return;
    this.#fd = undefined;
    this.#socket = this.#kept.size > 0 ? this.#begin() : undefined;
  }

  #endIfIdle(): void {
    if (this.#pending > 0 || this.#kept.size > 0 || this.#fd === undefined) return;
    this.#say('q');
    this.#fd = undefined;
    this.#socket = undefined;
  }

  #say(line: string): void {
    if (this.#fd === undefined) return;
    try {
      this.#addon.send(this.#fd, Buffer.from(`${line}\n`), []);
    } catch {
      // It is gone: its end is told in a moment, and its successor hears of all.
    }
  }
}

/** For what the parent was in the middle of: it never comes to be in a child. */
function never(): Promise<never> {
  return new Promise(() => {});
}

function keeperRequest(socket: number): SpawnRequest {
  return {
    program: '/bin/sh',
    candidates: ['/bin/sh'],
    argv: ['brood-keeper', '-c', keeperScript],
    env: ['PATH=/usr/local/bin:/usr/bin:/bin'],
    cwd: '/',
    descriptors: new Map([
      [0, { kind: 'descriptor', fd: socket }],
      [1, { kind: 'null' }],
      [2, { kind: 'null' }],
    ] as const),
    attributes: { session: true },
    cleanup: false,
  };
}

/**
 * The end of output. A pipe ends when its last holder closes it, and that may be a grandchild that
 * goes on for hours: so after the exit only a bounded time is spent on it. Whatever was written before
 * the exit is in the pipe already, and is read in any case.
 */
import type { Readable } from 'node:stream';

import type { Collected } from '../platform/platform.ts';

/** The whole time after the exit is at most so many times the idle time. */
const overall = 10;

/** setTimeout() counts in 31 bits, and fires at once for more. */
const longestTimer = 0x7fff_ffff;

/** A stream to be read to its end, if that comes. */
export interface Outlet {
  readonly stream: Readable;
  /** What tells that something came, where the stream has no 'data'. */
  readonly arrivals?: Pick<Collected, 'onArrival'> | undefined;
  /** Whether we are not taking what is there, because its receiver is slow. */
  readonly held?: () => boolean;
}

/** Waits for the end of outlets; {@link Drain.exited} starts the clock. */
export class Drain {
  /** Resolves when all outlets are closed. */
  readonly done: Promise<void>;
  readonly #idleMs: number;
  readonly #open = new Set<Outlet>();
  #resolve!: () => void;
  #silence: NodeJS.Timeout | undefined;
  #limit: NodeJS.Timeout | undefined;
  #arrived = false;

  /** `idleMs`: the silence after which an outlet is given up; Infinity: never. */
  constructor(outlets: readonly Outlet[], idleMs: number) {
    this.#idleMs = idleMs;
    this.done = new Promise((resolve) => {
      this.#resolve = resolve;
    });
    for (const outlet of outlets) {
      if (outlet.stream.closed) continue;
      this.#open.add(outlet);
      if (outlet.arrivals === undefined) outlet.stream.on('data', this.#onData);
      else outlet.arrivals.onArrival(this.#onData);
      outlet.stream.once('close', () => this.#closed(outlet));
    }
    if (this.#open.size === 0) this.#resolve();
  }

  /** The processes have ended: from now on silence counts. */
  exited(): void {
    if (this.#open.size === 0 || this.#idleMs === Number.POSITIVE_INFINITY) return;
    this.#silence = setTimeout(this.#onSilence, Math.min(this.#idleMs, longestTimer));
    this.#limit = setTimeout(this.#onLimit, Math.min(this.#idleMs * overall, longestTimer));
  }

  /** What is not at its end by now never will be. */
  giveUp(): void {
    this.#onLimit();
  }

  readonly #onData = (): void => {
    this.#arrived = true;
    this.#silence?.refresh();
  };

  // Timers come before I/O in a turn of the loop. If the loop was blocked, the time is over while
  // there is still unread output: one turn of reading has to show that there is none.
  readonly #onSilence = (): void => {
    this.#arrived = false;
    setImmediate(() => {
      if (this.#arrived || this.#open.size === 0) return;
      for (const outlet of this.#open) if (outlet.held?.() !== true) outlet.stream.destroy();
      this.#silence?.refresh();
    });
  };

  // One turn reads more than a pipe holds, so what was there at the exit is read by now.
  readonly #onLimit = (): void => {
    setImmediate(() => {
      for (const outlet of this.#open) outlet.stream.destroy();
    });
  };

  #closed(outlet: Outlet): void {
    this.#open.delete(outlet);
    outlet.stream.off('data', this.#onData);
    if (this.#open.size > 0) return;
    clearTimeout(this.#silence);
    clearTimeout(this.#limit);
    this.#silence = undefined;
    this.#resolve();
  }
}

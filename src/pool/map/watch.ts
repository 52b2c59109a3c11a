/** Kills a process of map() that has been at one item for too long. */
import type { MapWorker } from './map-worker.ts';

/** The watch of one run. */
export class Watch {
  readonly #workers: Iterable<MapWorker>;
  readonly #mostMs: number;
  #timer: NodeJS.Timeout | undefined;

  constructor(workers: Iterable<MapWorker>, mostMs: number) {
    this.#workers = workers;
    this.#mostMs = mostMs;
  }

  begin(): void {
    this.#timer ??= setTimeout(this.#look, this.#wait(this.#mostMs));
  }

  end(): void {
    clearTimeout(this.#timer);
  }

  /** An item that begins after this look cannot be over before the next. */
  readonly #look = (): void => {
    const now = performance.now();
    let next = this.#mostMs;
    for (const worker of this.#workers) {
      const { index, since } = worker.cell;
      if (index === undefined || worker.lateAt !== undefined) continue;
      const left = since + this.#mostMs - now;
      if (left > 0) {
        next = Math.min(next, left);
        continue;
      }
      // If it has just ended by itself, that is told.
      if (worker.process.kill({ tree: true })) worker.lateAt = index;
    }
    this.#timer = setTimeout(this.#look, this.#wait(next));
  };

  #wait(ms: number): number {
    return Math.min(0x7fff_ffff, Math.ceil(ms));
  }
}

/** Those who wait for room in the queue of a pool. */
import type { LoopHold } from './loop-hold.ts';

/** Each keeps the event loop alive until it is told. */
export class Room {
  readonly #loop: LoopHold;
  readonly #waiting: (() => void)[] = [];

  constructor(loop: LoopHold) {
    this.#loop = loop;
  }

  /** Whether anybody waits. */
  get isAwaited(): boolean {
    return this.#waiting.length > 0;
  }

  /** Resolves when there is room. */
  wait(): Promise<void> {
    this.#loop.hold();
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  /** There is room, or nothing will be taken any more. */
  tell(): void {
    for (const resolve of this.#waiting.splice(0)) {
      this.#loop.release();
      resolve();
    }
  }
}

/** An event between processes. */
import { recordBytes } from '../platform/shared-records.ts';
import { checkBound, type WaitOptions } from '../process/time.ts';
import { leftOf, planOf, SharedRecord } from './record.ts';
import type { SharedMemory } from './shared-memory.ts';

const plan = planOf({ kind: 'event', slots: 0 });

/** Odd: set. Each change makes it greater, so a wait also sees one that was taken back at once. */
const isOdd = (state: number): boolean => state % 2 === 1;

/**
 * A flag that processes wait for: while it is set, nobody waits. Whoever waited when it was set goes
 * on, also if it was cleared at once.
 *
 * Source: Python's multiprocessing.Event.
 *
 * @example
 * ```ts
 * import { Event } from 'brood/shared';
 * const ready = new Event();
 * const waiting = ready.wait();
 * ready.set();
 * console.log(await waiting, await ready.wait({ timeout: 10 })); // true true
 * ```
 */
export class Event {
  /** How much memory it takes. */
  static readonly bytes: number = recordBytes(plan);

  readonly #record: SharedRecord;

  /** A new one in memory of its own, or the one at `offset` of `memory`, which is made if need be. */
  constructor(memory?: SharedMemory, offset = 0) {
    this.#record = new SharedRecord(plan, memory, offset);
  }

  /** The event at that offset (a multiple of 8); where memory is zero, it is made, and not set. */
  static at(memory: SharedMemory, offset = 0): Event {
    return new Event(memory, offset);
  }

  get memory(): SharedMemory {
    return this.#record.memory;
  }

  get offset(): number {
    return this.#record.offset;
  }

  get isSet(): boolean {
    return isOdd(this.#state());
  }

  /** Sets it, and lets everybody go on that waits. */
  set(): void {
    this.#record.ask({ operation: 'release' });
  }

  clear(): void {
    this.#record.ask({ operation: 'reset' });
  }

  /** Resolves when it is set: with true, or with false if the bound was over first. */
  async wait(options?: WaitOptions): Promise<boolean> {
    const bound = checkBound(options, 'options');
    const state = this.#state();
    if (isOdd(state)) return true;
    if (leftOf(bound) === 0) return false;
    await this.#record.whenState(state, bound);
    return this.#state() !== state;
  }

  /** The same, blocking this thread. */
  waitSync(options?: WaitOptions): boolean {
    const bound = checkBound(options, 'options');
    const state = this.#state();
    if (isOdd(state)) return true;
    return this.#record.askSync({ operation: 'take', count: state }, bound).outcome === 'done';
  }

  #state(): number {
    return this.#record.ask({ operation: 'look' }).value;
  }
}

/** A barrier between processes. */
import { invalidType, outOfRange } from '../errors.ts';
import {
  asItIs,
  recordBytes,
  type RecordAnswer,
  type RecordPlan,
} from '../platform/shared-records.ts';
import { checkBound, type Bound, type WaitOptions } from '../process/time.ts';
import { BrokenBarrierError } from './errors.ts';
import { planOf, SharedRecord } from './record.ts';
import type { SharedMemory } from './shared-memory.ts';

const mostParties = 1000;

/** How a barrier is used here. */
export interface BarrierOptions {
  /** Called by the last of a round to arrive, before any goes on; what it throws breaks the barrier. */
  readonly action?: (() => void) | undefined;
}

interface BarrierPlace {
  readonly memory: SharedMemory;
  readonly offset: number;
}

/**
 * Where a number of parties wait for one another, round after round. One that gives up, or dies while
 * it waits, breaks the barrier for all (BrokenBarrierError), until reset(); a party that died before it
 * came is missing, and only a bound on the waits of the others tells.
 *
 * Source: pthread_barrier_wait(3p), Python's multiprocessing.Barrier.
 *
 * @example
 * ```ts
 * import { Barrier } from 'brood/shared';
 * const barrier = new Barrier(2);
 * const places = await Promise.all([barrier.wait(), barrier.wait()]);
 * console.log(places); // [ 0, 1 ]
 * ```
 */
export class Barrier {
  readonly #record: SharedRecord;
  readonly #action: (() => void) | undefined;
  readonly parties: number;

  /** A new one in memory of its own. */
  constructor(parties: number, options: BarrierOptions = {}, place?: BarrierPlace) {
    this.parties = checkParties(parties);
    this.#action = checkAction(options);
    this.#record = new SharedRecord(barrierPlan(parties), place?.memory, place?.offset ?? 0);
  }

  /** How much memory one of so many parties takes. */
  static bytesFor(parties: number): number {
    return recordBytes(barrierPlan(checkParties(parties)));
  }

  /** The barrier at that offset (a multiple of 8); where memory is zero, it is made. */
  static at(
    memory: SharedMemory,
    offset: number,
    parties: number,
    options?: BarrierOptions,
  ): Barrier {
    return new Barrier(parties, options, { memory, offset });
  }

  get memory(): SharedMemory {
    return this.#record.memory;
  }

  get offset(): number {
    return this.#record.offset;
  }

  /** How many wait at this moment. */
  get waiting(): number {
    const { value } = this.#record.ask({ operation: 'look' });
    return value === asItIs ? 0 : value;
  }

  get isBroken(): boolean {
    return this.#record.ask({ operation: 'look' }).value === asItIs;
  }

  /**
   * Waits until all have come. Resolves with one's place in the order of arrival, from 0. A bound that
   * is over first breaks the barrier.
   *
   * @throws BrokenBarrierError; what the action throws.
   */
  async wait(options?: WaitOptions): Promise<number> {
    const bound = checkBound(options, 'options');
    const answer = await this.#record.askLater({ operation: 'take' }, bound);
    return this.#passed(answer, bound);
  }

  /** The same, blocking this thread. */
  waitSync(options?: WaitOptions): number {
    const bound = checkBound(options, 'options');
    return this.#passed(this.#record.askSync({ operation: 'take' }, bound), bound);
  }

  /** Breaks it: who waits, and who comes, rejects with a BrokenBarrierError. */
  abort(): void {
    this.#record.ask({ operation: 'abort' });
  }

  /** As new: who waits rejects with a BrokenBarrierError, and the next round can begin. */
  reset(): void {
    this.#record.ask({ operation: 'reset' });
  }

  #passed(answer: RecordAnswer, bound: Bound | undefined): number {
    if (answer.outcome === 'last') return this.#trip(answer.slot);
    if (answer.outcome === 'done') return answer.value;
    const reason = bound?.signal?.aborted === true ? bound.signal.reason : undefined;
    if (answer.outcome === 'timedOut') {
      throw new BrokenBarrierError('the others did not come in time', undefined, reason);
    }
    const pid = answer.died || undefined;
    throw new BrokenBarrierError(
      pid === undefined ? 'it was aborted, or a party gave up' : `process ${pid} died in it`,
      pid,
    );
  }

  #trip(slot: number): number {
    try {
      this.#action?.();
    } catch (error) {
      this.abort();
      this.#record.ask({ operation: 'take', slot });
      throw error;
    }
    return this.#passed(this.#record.ask({ operation: 'trip', slot }), undefined);
  }
}

function barrierPlan(parties: number): RecordPlan {
  // Twice as many places: some may still be those of the round before.
  return planOf({ kind: 'barrier', slots: parties * 2, total: parties });
}

function checkParties(parties: unknown): number {
  if (typeof parties !== 'number') throw invalidType('parties', 'a number', parties);
  if (!Number.isInteger(parties) || parties < 1 || parties > mostParties) {
    throw outOfRange('parties', `an integer from 1 to ${mostParties}`, parties);
  }
  return parties;
}

function checkAction(options: unknown): (() => void) | undefined {
  if (typeof options !== 'object' || options === null) {
    throw invalidType('options', 'an object', options);
  }
  const { action } = options as BarrierOptions;
  if (action === undefined || typeof action === 'function') return action;
  throw invalidType('options.action', 'a function', action);
}

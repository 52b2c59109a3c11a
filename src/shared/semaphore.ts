/** A semaphore between processes. */
import { ProcessError, invalidType, outOfRange } from '../errors.ts';
import {
  asItIs,
  recordBytes,
  type RecordAnswer,
  type RecordPlan,
} from '../platform/shared-records.ts';
import { checkBound, type WaitOptions } from '../process/time.ts';
import { Line } from './line.ts';
import { planOf, SharedRecord } from './record.ts';
import type { SharedMemory } from './shared-memory.ts';

/** Of how many threads it is known which permits are theirs. */
const shares = 120;

/** How a semaphore is made. */
export interface SemaphoreOptions {
  /** Nobody holds its permits: release() adds to them, acquire() uses them up. */
  readonly counting?: boolean | undefined;
}

/** A permit in hand: given back by {@link release}, or at the end of its scope (`using`). */
export class Permit {
  readonly #semaphore: SharedRecord;
  #released = false;
  /** A process that died with a permit since the last one was given, if one did. */
  readonly ownerDied: number | undefined;

  /** Made by {@link Semaphore}. */
  constructor(semaphore: SharedRecord, ownerDied: number | undefined) {
    this.#semaphore = semaphore;
    this.ownerDied = ownerDied;
  }

  /** Gives it back, once; of a permit that is not this thread's (a forked child's), it does nothing. */
  release(): void {
    if (this.#released || this.#semaphore.memory.isClosed) return;
    this.#released = true;
    this.#semaphore.ask({ operation: 'release' });
  }

  [Symbol.dispose](): void {
    this.release();
  }
}

/**
 * A number of permits that processes share, in the order of arrival. Those of a process that dies come
 * back by themselves, within about 300 ms, and the next one learns of it ({@link Permit.ownerDied}); that is
 * so for the first 120 threads that have some at the same time. With `counting` nobody holds them: a
 * semaphore that counts events.
 *
 * Source: sem_overview(7), Python's multiprocessing.BoundedSemaphore; with `counting`, its Semaphore.
 *
 * @example
 * ```ts
 * import { Semaphore } from 'brood/shared';
 * const connections = new Semaphore(3);
 * {
 *   using permit = await connections.acquire();
 *   console.log(connections.value, permit.ownerDied); // 2 undefined
 * }
 * console.log(connections.value); // 3
 * ```
 */
export class Semaphore {
  /** How much memory it takes. */
  static readonly bytes: number = recordBytes(semaphorePlan(1, {}));

  readonly #record: SharedRecord;
  readonly #line = new Line();

  /** A new one with `value` permits, in memory of its own. */
  constructor(value = 1, options: SemaphoreOptions = {}, place?: SemaphorePlace) {
    const plan = semaphorePlan(value, options);
    this.#record = new SharedRecord(
      place?.isThere === true ? { ...plan, total: asItIs } : plan,
      place?.memory,
      place?.offset ?? 0,
    );
  }

  /**
   * The semaphore at that offset (a multiple of 8). With `value` it is made where memory is zero, and
   * must be the same where it is not; without, it must be there.
   */
  static at(
    memory: SharedMemory,
    offset = 0,
    value?: number,
    options?: SemaphoreOptions,
  ): Semaphore {
    return new Semaphore(value, options, { memory, offset, isThere: value === undefined });
  }

  get memory(): SharedMemory {
    return this.#record.memory;
  }

  get offset(): number {
    return this.#record.offset;
  }

  /** How many permits are free at this moment. */
  get value(): number {
    return this.#record.ask({ operation: 'look' }).value;
  }

  /** Waits for a permit; undefined if the bound was over first. */
  acquire(): Promise<Permit>;
  acquire(options?: WaitOptions): Promise<Permit | undefined>;
  async acquire(options?: WaitOptions): Promise<Permit | undefined> {
    const bound = checkBound(options, 'options');
    if (!(await this.#line.enter(bound))) return undefined;
    try {
      const undo = { operation: 'release' } as const;
      return this.#taken(await this.#record.askLater({ operation: 'take' }, bound, undo));
    } finally {
      this.#line.leave();
    }
  }

  /** The same, blocking this thread. `{ timeout: 0 }` only tries. */
  acquireSync(): Permit;
  acquireSync(options?: WaitOptions): Permit | undefined;
  acquireSync(options?: WaitOptions): Permit | undefined {
    const bound = checkBound(options, 'options');
    return this.#taken(this.#record.askSync({ operation: 'take' }, bound));
  }

  /**
   * Gives permits back, or adds to them if it is counting.
   *
   * @throws ProcessError EPERM if this thread has not so many, EOVERFLOW beyond 2³² − 1.
   */
  release(count = 1): void {
    if (typeof count !== 'number') throw invalidType('count', 'a number', count);
    if (!Number.isInteger(count) || count < 1 || count >= asItIs) {
      throw outOfRange('count', 'an integer, 1 or more', count);
    }
    const { outcome } = this.#record.ask({ operation: 'release', count });
    if (outcome === 'done') return;
    if (outcome === 'tooMany') {
      throw new ProcessError('the semaphore counts no further', { code: 'EOVERFLOW' });
    }
    throw new ProcessError(`this thread does not have ${count} permits`, { code: 'EPERM' });
  }

  #taken(answer: RecordAnswer): Permit | undefined {
    if (answer.outcome !== 'done') return undefined;
    return new Permit(this.#record, answer.died || undefined);
  }
}

interface SemaphorePlace {
  readonly memory: SharedMemory;
  readonly offset: number;
  readonly isThere: boolean;
}

function semaphorePlan(value: unknown, options: unknown): RecordPlan {
  if (typeof value !== 'number') throw invalidType('value', 'a number', value);
  if (typeof options !== 'object' || options === null) {
    throw invalidType('options', 'an object', options);
  }
  const { counting = false } = options as SemaphoreOptions;
  if (typeof counting !== 'boolean') throw invalidType('options.counting', 'a boolean', counting);
  const least = counting ? 0 : 1;
  if (!Number.isInteger(value) || value < least || value >= asItIs) {
    throw outOfRange('value', `an integer, ${least} or more`, value);
  }
  return planOf({ kind: 'semaphore', shares, total: value, most: counting ? 0 : value });
}

/** A lock between processes. */
import { ProcessError } from '../errors.ts';
import { recordBytes, type RecordAnswer } from '../platform/shared-records.ts';
import { checkBound, type Bound, type WaitOptions } from '../process/time.ts';
import { LockOwnerDiedError } from './errors.ts';
import { Line } from './line.ts';
import { leftOf, planOf, SharedRecord } from './record.ts';
import type { SharedMemory } from './shared-memory.ts';

const plan = planOf({ kind: 'lock' });

/** How long to wait for a lock at most, and what if its holder died. */
export interface AcquireOptions extends WaitOptions {
  /**
   * Have the lock also if its last holder died, and be told by {@link Held.ownerDied}: for a program
   * that then puts right what the lock guards. Without it, that is a LockOwnerDiedError.
   */
  readonly recover?: boolean | undefined;
}

/** A lock in hand: given back by {@link release}, or at the end of its scope (`using`). */
export class Held {
  readonly #lock: SharedRecord;
  #released = false;
  /** The process that died with the lock, if one did: only with the option `recover`. */
  readonly ownerDied: number | undefined;

  /** Made by {@link Lock}. */
  constructor(lock: SharedRecord, ownerDied: number | undefined) {
    this.#lock = lock;
    this.ownerDied = ownerDied;
  }

  /** Gives it back, once; of a lock that is not this thread's (a forked child's), it does nothing. */
  release(): void {
    if (this.#released || this.#lock.memory.isClosed) return;
    this.#released = true;
    this.#lock.ask({ operation: 'release' });
  }

  [Symbol.dispose](): void {
    this.release();
  }
}

/**
 * A lock between processes, and between the asynchronous parts of one. It belongs to the thread that
 * has it: that is the main thread of a program, or a worker. It cannot be had twice.
 *
 * If its holder dies, however that happens, the next one is told, by a LockOwnerDiedError or, with
 * `recover`, by {@link Held.ownerDied}; nobody waits for the dead. It is noticed within about 300 ms.
 *
 * Fair: who comes while it is free has it at once; but one that has waited for a millisecond gets it
 * next, in the order of arrival. Waiting costs next to no processor time, and no thread
 * of the pool.
 *
 * Source: futex(2), pthread_mutexattr_setrobust(3), Python's multiprocessing.Lock.
 *
 * @example
 * ```ts
 * import { Lock, SharedMemory } from 'brood/shared';
 * using memory = new SharedMemory(Lock.bytes);
 * const lock = Lock.at(memory); // in another process: Lock.at(SharedMemory.from(3))
 * {
 *   using held = await lock.acquire();
 *   console.log(lock.isHeld, held.ownerDied); // true undefined
 * }
 * const soon = await lock.acquire({ timeout: 100 });
 * console.log(soon !== undefined); // true
 * soon?.release();
 * ```
 */
export class Lock {
  /** How much memory it takes. */
  static readonly bytes: number = recordBytes(plan);

  readonly #record: SharedRecord;
  readonly #line = new Line();

  /** A new lock in memory of its own, or the one at `offset` of `memory`, which is made if need be. */
  constructor(memory?: SharedMemory, offset = 0) {
    this.#record = new SharedRecord(plan, memory, offset);
  }

  /** The lock at that offset (a multiple of 8); where memory is zero, it is made. */
  static at(memory: SharedMemory, offset = 0): Lock {
    return new Lock(memory, offset);
  }

  get memory(): SharedMemory {
    return this.#record.memory;
  }

  get offset(): number {
    return this.#record.offset;
  }

  /** Whether anybody has it at this moment. */
  get isLocked(): boolean {
    return this.holder !== undefined;
  }

  /** Whether this thread has it. */
  get isHeld(): boolean {
    return this.#record.ask({ operation: 'look' }).value === 1;
  }

  /** Who has it at this moment: a pid, or the id of a worker's thread. */
  get holder(): number | undefined {
    return this.#record.ask({ operation: 'look' }).died || undefined;
  }

  /**
   * Waits for the lock; undefined if the bound was over first. `signal` ends the wait like a time-out.
   *
   * @throws LockOwnerDiedError; ProcessError EBADF if the memory is closed.
   */
  acquire(options?: { readonly recover?: boolean }): Promise<Held>;
  acquire(options?: AcquireOptions): Promise<Held | undefined>;
  async acquire(options?: AcquireOptions): Promise<Held | undefined> {
    const bound = checkBound(options, 'options');
    const answer = await this.#acquire(bound);
    return answer && this.#taken(answer, options);
  }

  /**
   * The same, blocking this thread. `{ timeout: 0 }` only tries.
   *
   * @throws ProcessError EDEADLK where this thread has the lock already, and would wait for ever.
   */
  acquireSync(options?: { readonly recover?: boolean }): Held;
  acquireSync(options?: AcquireOptions): Held | undefined;
  acquireSync(options?: AcquireOptions): Held | undefined {
    const bound = checkBound(options, 'options');
    const free = this.#record.ask({ operation: 'take', leave: true });
    if (free.outcome === 'done') return this.#taken(free, options);
    if (leftOf(bound) > 0 && this.isHeld) {
      throw new ProcessError('this thread has the lock, and would wait for itself', {
        code: 'EDEADLK',
      });
    }
    return this.#taken(this.#record.askSync({ operation: 'take' }, bound), options);
  }

  /**
   * Gives it back, for those that have no {@link Held} in hand.
   *
   * @throws ProcessError EPERM if this thread does not have it.
   */
  release(): void {
    if (this.#record.ask({ operation: 'release' }).outcome === 'done') return;
    throw new ProcessError('this thread does not have the lock', { code: 'EPERM' });
  }

  async #acquire(bound: Bound | undefined): Promise<RecordAnswer | undefined> {
    if (!(await this.#line.enter(bound))) return undefined;
    try {
      const release = { operation: 'release' } as const;
      return await this.#record.askLater({ operation: 'take' }, bound, release);
    } finally {
      this.#line.leave();
    }
  }

  #taken(answer: RecordAnswer, options: AcquireOptions | undefined): Held | undefined {
    if (answer.outcome !== 'done') return undefined;
    if (answer.died === 0) return new Held(this.#record, undefined);
    if (options?.recover === true) return new Held(this.#record, answer.died);
    this.release();
    throw new LockOwnerDiedError(answer.died);
  }
}

/** A condition between processes: waiting, with a lock in hand, for what another one changes. */
import { ProcessError, invalidType, outOfRange } from '../errors.ts';
import { asItIs, recordBytes, type RecordAnswer } from '../platform/shared-records.ts';
import { checkBound, type Bound, type WaitOptions } from '../process/time.ts';
import { Lock } from './lock.ts';
import { planOf, SharedRecord } from './record.ts';
import { SharedMemory } from './shared-memory.ts';

const plan = planOf({ kind: 'condition' });

/**
 * A condition and its lock. wait() gives the lock back, waits to be notified, and has the lock again
 * when it goes on; notify() is called with the lock in hand. As many go on as are notified, in the order
 * of arrival; a notification of one that died before it noticed goes to the next.
 *
 * Source: pthread_cond_wait(3), Python's multiprocessing.Condition.
 *
 * @example
 * ```ts
 * import { Condition } from 'brood/shared';
 * const condition = new Condition();
 * let eggs = 0;
 * const breakfast = (async () => {
 *   using held = await condition.lock.acquire();
 *   await condition.waitFor(() => eggs > 1);
 *   return eggs;
 * })();
 * {
 *   using held = await condition.lock.acquire();
 *   eggs = 2;
 *   condition.notifyAll();
 * }
 * console.log(await breakfast); // 2
 * ```
 */
export class Condition {
  /** How much memory it takes, its lock included. */
  static readonly bytes: number = Lock.bytes + recordBytes(plan);

  /** The lock that is held around wait() and notify(). */
  readonly lock: Lock;
  readonly #record: SharedRecord;
  readonly #offset: number;

  /** A new one in memory of its own, or the one at `offset` of `memory`, which is made if need be. */
  constructor(memory?: SharedMemory, offset = 0) {
    const place = memory ?? new SharedMemory(Condition.bytes);
    this.lock = new Lock(place, offset);
    this.#record = new SharedRecord(plan, place, offset + Lock.bytes);
    this.#offset = offset;
  }

  /** The condition and its lock at that offset (a multiple of 8); where memory is zero, they are made. */
  static at(memory: SharedMemory, offset = 0): Condition {
    return new Condition(memory, offset);
  }

  get memory(): SharedMemory {
    return this.#record.memory;
  }

  get offset(): number {
    return this.#offset;
  }

  /**
   * Waits, without the lock, until it is notified: true, or false if the bound was over first. Then it
   * waits for the lock, without a bound.
   *
   * @throws ProcessError EPERM without the lock in hand, EAGAIN if 120 wait already;
   * LockOwnerDiedError, and then without the lock, if one died with it meanwhile.
   */
  async wait(options?: WaitOptions): Promise<boolean> {
    const bound = checkBound(options, 'options');
    const slot = this.#begin();
    let answer: RecordAnswer;
    try {
      answer = await this.#record.askLater({ operation: 'take', slot }, bound);
    } finally {
      if (!this.memory.isClosed) await this.lock.acquire();
    }
    return answer.outcome === 'done';
  }

  /** The same, blocking this thread. */
  waitSync(options?: WaitOptions): boolean {
    const bound = checkBound(options, 'options');
    const slot = this.#begin();
    const { outcome } = this.#record.askSync({ operation: 'take', slot }, bound);
    this.lock.acquireSync();
    return outcome === 'done';
  }

  /**
   * Waits until `predicate` returns true, which it asks with the lock in hand: now, and after each
   * notification. Resolves with what it returned last: false if the bound was over first.
   */
  async waitFor(predicate: () => boolean, options?: WaitOptions): Promise<boolean> {
    const bound = checkPredicate(predicate, options);
    while (!predicate()) {
      if (!(await this.wait(rest(bound)))) return predicate();
    }
    return true;
  }

  /** The same, blocking this thread. */
  waitForSync(predicate: () => boolean, options?: WaitOptions): boolean {
    const bound = checkPredicate(predicate, options);
    while (!predicate()) {
      if (!this.waitSync(rest(bound))) return predicate();
    }
    return true;
  }

  /**
   * Lets the `count` go on that have waited longest. Returns how many there were.
   *
   * @throws ProcessError EPERM without the lock in hand.
   */
  notify(count = 1): number {
    if (typeof count !== 'number') throw invalidType('count', 'a number', count);
    if (!Number.isInteger(count) || count < 1 || count > asItIs) {
      throw outOfRange('count', 'an integer, 1 or more', count);
    }
    this.#checkHeld();
    return this.#record.ask({ operation: 'notify', count }).value;
  }

  /** Lets all go on that wait. */
  notifyAll(): number {
    return this.notify(asItIs);
  }

  /** Takes a place while the lock is held, so no notification can be missed, and gives the lock back. */
  #begin(): number {
    this.#checkHeld();
    const { outcome, slot } = this.#record.ask({ operation: 'take', tend: true });
    if (outcome !== 'wait') {
      throw new ProcessError('too many wait for the condition', { code: 'EAGAIN' });
    }
    this.lock.release();
    return slot;
  }

  #checkHeld(): void {
    if (this.lock.isHeld) return;
    throw new ProcessError('this thread does not have the lock of the condition', {
      code: 'EPERM',
    });
  }
}

function checkPredicate(predicate: unknown, options: WaitOptions | undefined): Bound | undefined {
  if (typeof predicate !== 'function') throw invalidType('predicate', 'a function', predicate);
  return checkBound(options, 'options');
}

/** What is left of a bound, for the next of several waits. */
function rest(bound: Bound | undefined): WaitOptions | undefined {
  if (bound === undefined) return undefined;
  const remaining = bound.remaining();
  return {
    timeout: remaining === Infinity ? undefined : remaining,
    signal: bound.signal,
  };
}

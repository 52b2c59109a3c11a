/** What can go wrong between processes that share something. */
import { ProcessError } from '../errors.ts';

/**
 * The process that held the lock has died with it. What the lock guards may be half changed. The lock
 * itself is free again: only the one that came next is told. `pid` is that of the dead.
 */
export class LockOwnerDiedError extends ProcessError {
  override readonly name = 'LockOwnerDiedError';

  constructor(pid: number) {
    super(`process ${pid} has died while it held the lock`, { code: 'EOWNERDEAD', pid });
  }
}

/**
 * The barrier cannot be passed: one of the parties gave up, died while it waited (`pid`), or abort()
 * or reset() was called. Source: Python's threading.BrokenBarrierError.
 */
export class BrokenBarrierError extends ProcessError {
  override readonly name = 'BrokenBarrierError';

  constructor(reason: string, pid: number | undefined, cause?: unknown) {
    super(`the barrier is broken: ${reason}`, { code: 'ERR_BROKEN_BARRIER', pid, cause });
  }
}

/** Nothing came in time. Source: Python's queue.Empty. */
export class QueueEmptyError extends ProcessError {
  override readonly name = 'QueueEmptyError';

  constructor(cause?: unknown) {
    super('the queue stayed empty', { code: 'ERR_QUEUE_EMPTY', cause });
  }
}

/** No room came in time. Source: Python's queue.Full. */
export class QueueFullError extends ProcessError {
  override readonly name = 'QueueFullError';

  constructor(cause?: unknown) {
    super('the queue stayed full', { code: 'ERR_QUEUE_FULL', cause });
  }
}

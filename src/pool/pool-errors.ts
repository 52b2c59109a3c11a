/** The errors of a pool itself. */
import { ProcessError } from '../errors.ts';

/** There is no room for one more that waits. */
export function queueFull(most: number): ProcessError {
  return new ProcessError(
    `the queue of the pool is full: ${most} tasks wait; see drain() and the option queue`,
    { code: 'ERR_POOL_QUEUE_FULL' },
  );
}

/** It takes no tasks any more. */
export function poolClosed(): ProcessError {
  return new ProcessError('the pool was closed', { code: 'ERR_POOL_CLOSED' });
}

/** It was ended with all that it did. */
export function poolTerminated(): ProcessError {
  return new ProcessError('the pool was terminated', { code: 'ERR_POOL_TERMINATED' });
}

/** It belongs to the program that this one was forked from. */
export function poolOfParent(): ProcessError {
  return new ProcessError(
    'the pool is that of the program that this one was forked from: make one here',
    { code: 'ERR_INVALID_STATE' },
  );
}

/** Why there is no worker: the platform's own error as it is, any other as the cause of one. */
export function noWorker(cause: unknown): Error {
  if (cause instanceof ProcessError) return cause;
  const words = cause instanceof Error ? `${cause.name}: ${cause.message}` : String(cause);
  return new ProcessError(`no worker of the pool could begin: ${words}`, {
    code: 'ERR_POOL_WORKER',
    cause,
  });
}

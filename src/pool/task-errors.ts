/** The errors of one task of a pool. */
import { decodeThrown } from '../channel/error-codec.ts';
import type { CallFailure } from '../child/worker-messages.ts';
import { abortError } from '../create/abort-error.ts';
import { ProcessError, TimeoutError } from '../errors.ts';
import type { PoolTask } from './pool-task.ts';
import { WorkerDiedError } from './worker-died-error.ts';
import type { WorkerEnd } from './worker.ts';

/** Its worker ended before it had answered. */
export function diedOf({ name, attempts }: PoolTask, pid: number, end: WorkerEnd): Error {
  const { status, stderr, cause } = end;
  return new WorkerDiedError({ task: name, pid, status, stderr, cause, attempts });
}

/** It ran for too long. */
export function tookTooLong({ name, plan }: PoolTask, pid: number): Error {
  const message = `task '${name}' took longer than ${plan.timeoutMs} ms: its worker was killed`;
  return Object.assign(new TimeoutError(message, { pid }), { task: name });
}

/** Its signal was aborted. */
export function abortOf({ name, plan }: PoolTask): Error {
  return Object.assign(abortError(plan.signal as AbortSignal), { task: name });
}

/** What became of a task whose handler came to no result. */
export function errorOf({ stage, words, thrown }: CallFailure, name: string, pid: number): unknown {
  const cause = thrown && decodeThrown(thrown);
  switch (stage) {
    case 'run':
      return cause;
    case 'load':
      return new ProcessError(`task '${name}' is none: ${words}`, {
        code: 'ERR_TASK_MODULE',
        pid,
        cause,
      });
    case 'clone':
      return new ProcessError(`task '${name}' ${words}`, {
        code: 'ERR_TASK_UNCLONABLE',
        pid,
        cause,
      });
    case 'stalled':
      return new ProcessError(
        `task '${name}' ended without a result: it waited for something that could never come`,
        { code: 'ERR_TASK_STALLED', pid },
      );
  }
}

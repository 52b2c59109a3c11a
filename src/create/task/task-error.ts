/** The error of a task that came to no result. */
import { ProcessError } from '../../errors.ts';
import type { ExitStatus } from '../../status/exit-status.ts';
import { quotation } from '../result.ts';

/** What a {@link TaskError} tells beyond a ProcessError. */
export interface TaskErrorDetails {
  /** The name of the function. */
  readonly task: string;
  readonly code: TaskErrorCode;
  readonly pid: number;
  readonly status: ExitStatus;
  readonly stderr: string;
  readonly cause?: unknown;
}

/**
 * Why there is no result. `'ERR_TASK_EXIT'`: the process ended first (process.exit(), a signal, out of
 * memory, an uncaught error); `'ERR_TASK_MODULE'`: its module could not be loaded, or has no such
 * export; `'ERR_TASK_UNCLONABLE'`: what it returned, yielded or threw cannot be cloned;
 * `'ERR_TASK_STALLED'`: it waited for what could never come; `'ERR_WORKER_DIED'`: see WorkerDiedError of
 * `brood/pool`.
 */
export type TaskErrorCode =
  | 'ERR_TASK_EXIT'
  | 'ERR_TASK_MODULE'
  | 'ERR_TASK_UNCLONABLE'
  | 'ERR_TASK_STALLED'
  | 'ERR_WORKER_DIED';

/**
 * A task ended without a result. What its function threw is no TaskError: that rejects with the error
 * itself.
 *
 * @example
 * ```ts
 * import { task, TaskError } from 'brood';
 * const t = await task(() => process.exit(3));
 * try {
 *   await t.result;
 * } catch (error) {
 *   if (error instanceof TaskError) console.log(error.code, error.status.code); // ERR_TASK_EXIT 3
 * }
 * ```
 */
export class TaskError extends ProcessError {
  override readonly name: string = 'TaskError';
  declare readonly code: TaskErrorCode;
  /** The name of the function. */
  readonly task: string;
  /** How its process ended. */
  readonly status: ExitStatus;
  /** The end of what it said on standard error, at most 16 KiB; empty where that was not piped. */
  readonly stderr: string;

  constructor(what: string, details: TaskErrorDetails) {
    const quoted = quotation(details.stderr);
    const message = `task '${details.task}' ${what}`;
    super(quoted === '' ? message : `${message}\n${quoted}`, details);
    this.task = details.task;
    this.status = details.status;
    this.stderr = details.stderr;
  }
}

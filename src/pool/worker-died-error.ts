/** The error of a task whose worker died of it. */
import { TaskError, type TaskErrorDetails } from '../create/task/task-error.ts';

/**
 * The worker that a task of a pool ran in ended before it had answered: process.exit(), a signal, out
 * of memory, an error that nobody caught (which is the `cause` then). Only that task is rejected; the
 * pool has another worker in its place.
 *
 * @example
 * ```ts
 * import { Pool, WorkerDiedError } from 'brood/pool';
 * await using pool = new Pool({ leave: () => process.exit(3) });
 * try {
 *   await pool.run('leave');
 * } catch (error) {
 *   if (error instanceof WorkerDiedError) console.log(error.task, error.status.code); // leave 3
 * }
 * ```
 */
export class WorkerDiedError extends TaskError {
  override readonly name = 'WorkerDiedError';
  /** How often the task was begun. */
  readonly attempts: number;

  /** Made by brood; `attempts` says how often the task was begun, where it was retried. */
  constructor(details: Omit<TaskErrorDetails, 'code'> & { readonly attempts: number }) {
    const { attempts, pid, status } = details;
    const times = attempts > 1 ? `, the last of ${attempts} attempts` : '';
    const how = `had no answer: its worker (process ${pid}) ${status.toString()}${times}`;
    super(how, { ...details, code: 'ERR_WORKER_DIED' });
    this.attempts = attempts;
  }
}

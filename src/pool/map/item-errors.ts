/** The errors of map() about one item: each has its number as `index`. */
import { clone } from '../../channel/clone.ts';
import { TaskError } from '../../create/task/task-error.ts';
import { invalidValue, TimeoutError } from '../../errors.ts';
import { WorkerDiedError } from '../worker-died-error.ts';
import type { Batch } from './batch.ts';
import type { MapWorker } from './map-worker.ts';

/** The error itself, with the number of its item; what is no error, or has an `index`, stays as it is. */
export function named(error: unknown, index: number | undefined): unknown {
  if (!(error instanceof Error) || index === undefined || 'index' in error) return error;
  return Object.defineProperty(error, 'index', {
    value: index,
    enumerable: true,
    configurable: true,
    writable: true,
  });
}

interface Death {
  readonly name: string;
  readonly index: number | undefined;
  readonly attempts: number;
  /** The error of the worker's task. */
  readonly cause: unknown;
}

/** A process ended at an item. */
export function workerDied(worker: MapWorker, { name, index, attempts, cause }: Death): unknown {
  // An error of our own side of it: it is told as it is.
  if (!(cause instanceof TaskError)) return named(cause, index);
  const { status, stderr, cause: reason } = cause;
  const { pid } = worker.process;
  const task = index === undefined ? name : `${name}(items[${index}])`;
  const error = new WorkerDiedError({ task, pid, status, stderr, cause: reason, attempts });
  return named(error, index);
}

/** An item took longer than it may. */
export function tooLate(worker: MapWorker, index: number | undefined, ms: number): unknown {
  const { pid } = worker.process;
  const error = new TimeoutError(`items[${index}] took longer than ${ms} ms (process ${pid})`, {
    pid,
  });
  return named(error, index);
}

/** An item that is to be sent cannot be. */
export function unclonableItem({ from, items = [] }: Batch, cause: unknown): unknown {
  for (const [at, item] of items.entries()) {
    try {
      clone(item, 0);
    } catch (reason) {
      const words = reason instanceof Error ? reason.message : String(reason);
      const name = `items[${from + at}]`;
      const error = invalidValue(name, item, `must be clonable: ${words.replace(/\.$/, '')}`);
      error.cause = reason;
      return named(error, from + at);
    }
  }
  return cause;
}

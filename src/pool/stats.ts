/** What a pool tells of itself. */
import type { Dispatch } from './dispatch.ts';
import type { Launcher } from './launcher.ts';
import type { WorkerState } from './worker.ts';

/** A worker, at one moment. */
export interface WorkerStats {
  readonly pid: number;
  readonly state: WorkerState;
  /** How many tasks it was given so far. */
  readonly tasks: number;
  /** The handler that it does at the moment. */
  readonly running: string | undefined;
}

/** A pool, at one moment. */
export interface PoolStats {
  /** Tasks that wait for a worker. */
  readonly queued: number;
  /** Tasks that a worker does. */
  readonly running: number;
  /** Tasks with a result, so far. */
  readonly completed: number;
  /** Tasks without one, so far: they threw, were aborted, took too long, or their worker died. */
  readonly failed: number;
  /** How often a task was begun again, so far. */
  readonly retried: number;
  /** How often a worker died of a task, so far. */
  readonly died: number;
  readonly workers: readonly WorkerStats[];
  /** The pid of the process that workers are forked from, where the handlers are functions. */
  readonly template: number | undefined;
}

/** Looks at it. */
export function statsOf(dispatch: Dispatch, launcher: Launcher): PoolStats {
  const workers = [...dispatch.staff.serving].map((worker) => ({
    pid: worker.pid,
    state: worker.state,
    tasks: worker.tasks,
    running: worker.running?.name,
  }));
  return {
    queued: dispatch.waiting,
    running: workers.filter(({ running }) => running !== undefined).length,
    ...dispatch.ledger.counts,
    workers,
    template: launcher.template,
  };
}

/** The tasks of a pool that are not over, and how many came to what end. */
import { publish } from './events.ts';
import type { LoopHold } from './loop-hold.ts';
import type { PoolTask } from './pool-task.ts';

/** How many of what there were. */
export interface Counts {
  completed: number;
  failed: number;
  retried: number;
  died: number;
}

/** Each task that it takes is over once, and counted then. */
export class Ledger {
  readonly counts: Counts = { completed: 0, failed: 0, retried: 0, died: 0 };
  readonly #open = new Set<PoolTask>();
  /** Held while there are any. */
  readonly #loop: LoopHold;
  #whenEmpty: (() => void) | undefined;

  constructor(loop: LoopHold) {
    this.#loop = loop;
  }

  take(task: PoolTask): void {
    this.#open.add(task);
    if (this.#open.size === 1) this.#loop.hold();
  }

  resolve(task: PoolTask, value: unknown, pid: number): void {
    if (!task.resolve(value)) return;
    this.counts.completed++;
    publish('done', () => ({ task: task.name, id: task.id, pid }));
    this.#over(task);
  }

  reject(task: PoolTask, error: unknown, pid?: number): void {
    if (!task.reject(error)) return;
    this.counts.failed++;
    publish('failed', () => ({ task: task.name, id: task.id, pid, error }));
    this.#over(task);
  }

  rejectAll(error: () => unknown): void {
    for (const task of this.#open) this.reject(task, error());
  }

  /** Resolves when there is none. */
  async empty(): Promise<void> {
    if (this.#open.size === 0) return;
    await new Promise<void>((resolve) => {
      this.#whenEmpty = resolve;
    });
  }

  /** They are the tasks of another program. */
  forget(): void {
    this.#open.clear();
  }

  #over(task: PoolTask): void {
    this.#open.delete(task);
    if (this.#open.size > 0) return;
    this.#loop.release();
    this.#whenEmpty?.();
  }
}

/** The heart of a pool: which worker does what, and when one is started or ended. */
import type { CallFailure } from '../child/worker-messages.ts';
import { Backlog } from './backlog.ts';
import { publish } from './events.ts';
import type { Launcher } from './launcher.ts';
import { LoopHold } from './loop-hold.ts';
import { poolClosed, poolOfParent, poolTerminated, queueFull } from './pool-errors.ts';
import type { PoolPlan } from './pool-options.ts';
import type { PoolTask, PoolWorker } from './pool-task.ts';
import { Staff } from './staff.ts';
import { abortOf, diedOf, errorOf, tookTooLong } from './task-errors.ts';
import type { WorkerEnd, WorkerEvents } from './worker.ts';

/** How many of what there were. */
export interface Counts {
  completed: number;
  failed: number;
  retried: number;
  died: number;
}

/** Queue and workers of one pool. */
export class Dispatch implements WorkerEvents<PoolTask> {
  readonly counts: Counts = { completed: 0, failed: 0, retried: 0, died: 0 };
  readonly staff: Staff;
  readonly #plan: PoolPlan;
  readonly #backlog = new Backlog<PoolTask>();
  /** Tasks that are not over. */
  readonly #open = new Set<PoolTask>();
  /** Held while there are any, and by whoever waits for the pool. */
  readonly loop: LoopHold = new LoopHold();
  readonly #drained: (() => void)[] = [];
  #state: 'open' | 'closing' | 'closed' | 'of the parent' = 'open';
  #whenEmpty: (() => void) | undefined;

  constructor(plan: PoolPlan, launcher: Launcher) {
    this.#plan = plan;
    this.staff = new Staff(plan, launcher, {
      events: this,
      wanted: () => this.#backlog.size,
      failed: (error) => this.#noWorkers(error),
    });
  }

  /** Tasks that wait for a worker. */
  get waiting(): number {
    return this.#backlog.size;
  }

  /** Tasks that a worker does. */
  get running(): number {
    let count = 0;
    for (const worker of this.staff.serving) if (worker.running !== undefined) count++;
    return count;
  }

  /** Whether one more task would be refused. */
  get isFull(): boolean {
    // Those for which a worker is about to be there do not wait in the sense of the bound.
    return (
      this.#backlog.size >= this.#plan.queue + this.staff.coming && this.staff.free === undefined
    );
  }

  /** Why nothing can be asked of it any more. */
  get refusal(): Error | undefined {
    if (this.#state === 'open') return undefined;
    return this.#state === 'of the parent' ? poolOfParent() : poolClosed();
  }

  /** Takes a task, or refuses it. */
  submit(task: PoolTask): void {
    const refusal = this.refusal;
    if (refusal !== undefined) return void task.reject(refusal);
    const { signal } = task.plan;
    if (signal?.aborted === true) return void task.reject(abortOf(task));
    const worker = this.#backlog.size === 0 ? this.staff.free : undefined;
    if (worker === undefined && this.isFull) return void task.reject(queueFull(this.#plan.queue));
    this.#take(task);
    if (worker !== undefined) {
      this.staff.take(worker);
      return this.#give(worker, task);
    }
    this.#wait(task, false);
    publish('queued', () => ({ task: task.name, id: task.id }));
    this.staff.fill();
  }

  /** Gives a task to that worker and no other. */
  submitTo(worker: PoolWorker, task: PoolTask): void {
    this.#take(task);
    if (worker.isFree) {
      this.staff.take(worker);
      this.#give(worker, task);
    } else worker.own.push(task);
  }

  /** Resolves when one more can be taken. */
  drain(): Promise<void> {
    if (!this.isFull) return Promise.resolve();
    this.loop.hold();
    return new Promise((resolve) => {
      this.#drained.push(() => {
        this.loop.release();
        resolve();
      });
    });
  }

  /** Takes no more tasks, and resolves when none is left. */
  async finish(): Promise<void> {
    if (this.#state !== 'open') return;
    this.#state = 'closing';
    this.loop.hold();
    if (this.#open.size > 0) {
      await new Promise<void>((resolve) => {
        this.#whenEmpty = resolve;
      });
    }
    await this.#end(false);
  }

  /** Rejects what there is, and ends all workers at once. */
  async terminate(): Promise<void> {
    if (this.#state === 'of the parent') return;
    const isFirst = this.#state === 'open';
    this.#state = 'closed';
    if (isFirst) this.loop.hold();
    this.#backlog.clear();
    for (const task of this.#open) this.#reject(task, poolTerminated());
    await this.#end(true);
  }

  /** In a forked child it is the parent's. */
  letGo(): void {
    this.#state = 'of the parent';
    this.loop.end();
    this.#open.clear();
    this.#backlog.clear();
    this.staff.letGo();
  }

  ready(worker: PoolWorker): void {
    this.staff.begun();
    publish('started', () => ({ pid: worker.pid }));
    this.#next(worker);
  }

  answered(worker: PoolWorker, task: PoolTask, value: unknown): void {
    if (task.resolve(value)) {
      this.counts.completed++;
      publish('done', () => ({ task: task.name, id: task.id, pid: worker.pid }));
      this.#over(task);
    }
    this.#next(worker);
  }

  failed(worker: PoolWorker, task: PoolTask, failure: CallFailure): void {
    this.#reject(task, errorOf(failure, task.name, worker.pid), worker.pid);
    this.#next(worker);
  }

  retiring(worker: PoolWorker): void {
    if (worker.running === undefined) this.#next(worker);
  }

  gone(worker: PoolWorker): void {
    this.staff.gone(worker);
  }

  ended(worker: PoolWorker, end: WorkerEnd): void {
    publish('ended', () => ({ pid: worker.pid, status: end.status }));
    const task = worker.running;
    worker.running = undefined;
    if (task !== undefined && !task.isOver) this.#lost(worker, task, end);
    for (const own of worker.own.splice(0)) this.#reject(own, diedOf(own, worker.pid, end));
    this.staff.ended(worker, end);
  }

  /** The worker of a task has died. */
  #lost(worker: PoolWorker, task: PoolTask, end: WorkerEnd): void {
    clearTimeout(task.timer);
    task.worker = undefined;
    this.counts.died++;
    // It never came to it: as if it had not been given there.
    if (end.wasUnread) task.attempts--;
    else if (task.attempts > task.plan.retries) {
      return this.#reject(task, diedOf(task, worker.pid, end), worker.pid);
    }
    this.counts.retried++;
    this.#wait(task, true);
    const other = this.staff.free;
    if (other !== undefined) this.#next(other);
    else this.staff.fill();
  }

  #wait(task: PoolTask, first: boolean): void {
    task.isWaiting = true;
    if (first) this.#backlog.unshift(task);
    else this.#backlog.push(task);
  }

  #take(task: PoolTask): void {
    this.#open.add(task);
    if (this.#open.size === 1) this.loop.hold();
    task.watch(() => this.#aborted(task));
  }

  /** What a worker that has nothing to do is to do next. */
  #next(worker: PoolWorker): void {
    if (worker.state === 'starting' || worker.state === 'ending') return;
    if (worker.isRetiring || worker.tasks >= this.#plan.maxTasks) {
      if (worker.own.length === 0) return this.staff.retire(worker);
    }
    const task = worker.own.shift() ?? this.#backlog.shift();
    if (task === undefined) return this.staff.rest(worker);
    if (task.isOver) return this.#next(worker);
    task.isWaiting = false;
    this.staff.take(worker);
    this.#give(worker, task);
    if (this.#drained.length > 0 && !this.isFull) {
      for (const tell of this.#drained.splice(0)) tell();
    }
  }

  #give(worker: PoolWorker, task: PoolTask): void {
    task.attempts++;
    task.worker = worker;
    worker.give(task);
    const { timeoutMs } = task.plan;
    if (timeoutMs !== Infinity) {
      task.timer = setTimeout(() => this.#late(worker, task), timeoutMs);
    }
    publish('begun', () => ({ task: task.name, id: task.id, pid: worker.pid }));
  }

  #late(worker: PoolWorker, task: PoolTask): void {
    this.#reject(task, tookTooLong(task, worker.pid), worker.pid);
    this.staff.kill(worker);
  }

  #aborted(task: PoolTask): void {
    const { worker } = task;
    this.#reject(task, abortOf(task), worker?.pid);
    if (worker !== undefined) this.staff.kill(worker);
    else if (task.isWaiting) this.#backlog.forget();
  }

  #reject(task: PoolTask, error: unknown, pid?: number): void {
    if (!task.reject(error)) return;
    this.counts.failed++;
    publish('failed', () => ({ task: task.name, id: task.id, pid, error }));
    this.#over(task);
  }

  #over(task: PoolTask): void {
    this.#open.delete(task);
    if (this.#open.size > 0) return;
    this.loop.release();
    this.#whenEmpty?.();
  }

  /** There is no worker, and there will be none: who waits for one is told. */
  #noWorkers(error: Error): void {
    for (const task of this.#backlog.clear()) this.#reject(task, error);
  }

  async #end(now: boolean): Promise<void> {
    this.#state = 'closed';
    for (const tell of this.#drained.splice(0)) tell();
    await this.staff.close(now);
    this.loop.end();
  }
}

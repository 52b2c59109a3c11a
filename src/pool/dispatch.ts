/** The heart of a pool: which worker does what, and when one is started or ended. */
import type { CallFailure } from '../child/worker-messages.ts';
import { Backlog } from './backlog.ts';
import { publish } from './events.ts';
import type { Launcher } from './launcher.ts';
import { Ledger } from './ledger.ts';
import { LoopHold } from './loop-hold.ts';
import { ownPools } from './own-pools.ts';
import { poolClosed, poolOfParent, poolTerminated, queueFull } from './pool-errors.ts';
import type { PoolPlan } from './pool-options.ts';
import type { PoolTask, PoolWorker } from './pool-task.ts';
import { Room } from './room.ts';
import { Staff } from './staff.ts';
import { abortOf, diedOf, errorOf, tookTooLong } from './task-errors.ts';
import type { WorkerEnd, WorkerEvents } from './worker.ts';

/** A task may be sent so often to workers that die before they have read it; each is an attempt then. */
const mostUnread = 3;

/** Queue and workers of one pool. */
export class Dispatch implements WorkerEvents<PoolTask> {
  readonly staff: Staff;
  readonly #plan: PoolPlan;
  readonly #backlog = new Backlog<PoolTask>();
  /** Held while there are tasks, and by whoever waits for the pool. */
  readonly loop: LoopHold = new LoopHold();
  readonly ledger: Ledger = new Ledger(this.loop);
  readonly #room = new Room(this.loop);
  #state: 'open' | 'closing' | 'closed' | 'of the parent' = 'open';
  #finished: Promise<void> | undefined;

  constructor(plan: PoolPlan, launcher: Launcher) {
    this.#plan = plan;
    this.staff = new Staff(plan, launcher, {
      events: this,
      wanted: () => this.#backlog.size,
      failed: (error) => this.#noWorkers(error),
    });
    ownPools.add(this);
  }

  /** Tasks that wait for a worker. */
  get waiting(): number {
    return this.#backlog.size;
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
    const refusal = this.refusal;
    if (refusal !== undefined) return void task.reject(refusal);
    this.#take(task);
    if (worker.isFree) {
      this.staff.take(worker);
      this.#give(worker, task);
    } else worker.own.push(task);
  }

  /** Resolves when one more can be taken. */
  drain(): Promise<void> {
    return this.isFull ? this.#room.wait() : Promise.resolve();
  }

  /** Takes no more tasks, and resolves when none is left and all workers have ended. */
  finish(): Promise<void> {
    return (this.#finished ??= this.#finish());
  }

  /** Rejects what there is, and ends all workers at once. */
  async terminate(): Promise<void> {
    if (this.#state === 'of the parent') return;
    // What waits for the last task goes on then, and ends the workers that it finds.
    void this.finish();
    this.#state = 'closed';
    this.#backlog.clear();
    this.ledger.rejectAll(poolTerminated);
    await this.#end(true);
  }

  /** In a forked child it is the parent's. */
  letGo(): void {
    this.#state = 'of the parent';
    this.loop.end();
    this.ledger.forget();
    this.#backlog.clear();
    this.staff.letGo();
  }

  ready(worker: PoolWorker): void {
    this.staff.begun();
    publish('started', () => ({ pid: worker.pid }));
    this.#next(worker);
    this.#look();
  }

  answered(worker: PoolWorker, task: PoolTask, value: unknown): void {
    this.ledger.resolve(task, value, worker.pid);
    this.#next(worker);
    this.#look();
  }

  failed(worker: PoolWorker, task: PoolTask, failure: CallFailure): void {
    this.ledger.reject(task, errorOf(failure, task.name, worker.pid), worker.pid);
    this.#next(worker);
    this.#look();
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
    for (const own of worker.own.splice(0)) this.ledger.reject(own, diedOf(own, worker.pid, end));
    this.staff.ended(worker, end);
    this.#look();
  }

  /** The worker of a task has died. */
  #lost(worker: PoolWorker, task: PoolTask, end: WorkerEnd): void {
    clearTimeout(task.timer);
    task.worker = undefined;
    // It never came to it: as if it had not been given there.
    if (end.wasUnread && task.unread++ < mostUnread) task.attempts--;
    else {
      this.ledger.counts.died++;
      if (task.attempts > task.plan.retries) {
        return this.ledger.reject(task, diedOf(task, worker.pid, end), worker.pid);
      }
    }
    this.ledger.counts.retried++;
    this.#wait(task, true);
    if (this.staff.free !== undefined) this.#next(this.staff.free);
    else this.staff.fill();
  }

  #wait(task: PoolTask, first: boolean): void {
    task.isWaiting = true;
    if (first) this.#backlog.unshift(task);
    else this.#backlog.push(task);
  }

  #take(task: PoolTask): void {
    this.ledger.take(task);
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
  }

  /** Perhaps there is room. */
  #look(): void {
    if (this.#room.isAwaited && !this.isFull) this.#room.tell();
  }

  #give(worker: PoolWorker, task: PoolTask): void {
    task.attempts++;
    task.worker = worker;
    worker.give(task);
    const ms = task.plan.timeoutMs;
    if (ms !== Infinity) task.timer = setTimeout(() => this.#late(worker, task), ms);
    publish('begun', () => ({ task: task.name, id: task.id, pid: worker.pid }));
  }

  #late(worker: PoolWorker, task: PoolTask): void {
    this.ledger.reject(task, tookTooLong(task, worker.pid), worker.pid);
    this.staff.kill(worker);
    this.#look();
  }

  #aborted(task: PoolTask): void {
    const { worker } = task;
    this.ledger.reject(task, abortOf(task), worker?.pid);
    if (worker !== undefined) this.staff.kill(worker);
    else if (task.isWaiting) this.#backlog.forget();
    this.#look();
  }

  /** No worker, and none will be: who waits for one is told. */
  #noWorkers(error: Error): void {
    for (const task of this.#backlog.clear()) this.ledger.reject(task, error);
    this.#look();
  }

  async #finish(): Promise<void> {
    if (this.#state === 'of the parent') return;
    this.#state = 'closing';
    this.loop.hold();
    await this.ledger.empty();
    await this.#end(false);
  }

  async #end(now: boolean): Promise<void> {
    this.#state = 'closed';
    this.#room.tell();
    await this.staff.close(now);
    this.loop.end();
    ownPools.delete(this);
  }
}

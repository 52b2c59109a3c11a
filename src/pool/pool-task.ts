/** One task of a pool, from its call to what came of it. */
import type { Frame } from '../channel/frame.ts';
import type { RunPlan } from './run-options.ts';
import { watchSignal } from './watch-signal.ts';
import type { Worker } from './worker.ts';

/** Who waits for it. */
export interface Settle {
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: unknown) => void;
}

/** A call that waits, runs, or is over. */
export class PoolTask {
  readonly id: number;
  readonly name: string;
  /** The call as it is sent: the arguments are those of when it was made, however often it is begun. */
  readonly frame: Frame;
  readonly plan: RunPlan;
  /** How often it was begun. */
  attempts = 0;
  /** How often it was sent to a worker that died before it had read it. */
  unread = 0;
  /** In the queue of the pool. */
  isWaiting = false;
  /** Who does it. */
  worker: PoolWorker | undefined;
  /** Its time is over then. */
  timer: NodeJS.Timeout | undefined;
  readonly #settle: Settle;
  #isOver = false;
  #forget: (() => void) | undefined;

  constructor(
    { id, name, frame }: Pick<PoolTask, 'id' | 'name' | 'frame'>,
    plan: RunPlan,
    settle: Settle,
  ) {
    this.id = id;
    this.name = name;
    this.frame = frame;
    this.plan = plan;
    this.#settle = settle;
  }

  get priority(): number {
    return this.plan.priority;
  }

  /** Whether somebody has been told what came of it. */
  get isOver(): boolean {
    return this.#isOver;
  }

  /** Calls back when its signal is aborted before it is over. */
  watch(onAbort: () => void): void {
    const { signal } = this.plan;
    if (signal === undefined) return;
    this.#forget = watchSignal(signal, onAbort);
  }

  /** False if it was over before. */
  resolve(value: unknown): boolean {
    if (this.#isOver) return false;
    this.#end();
    this.#settle.resolve(value);
    return true;
  }

  /** False if it was over before. */
  reject(error: unknown): boolean {
    if (this.#isOver) return false;
    this.#end();
    this.#settle.reject(error);
    return true;
  }

  #end(): void {
    this.#isOver = true;
    if (this.timer !== undefined) clearTimeout(this.timer);
    this.#forget?.();
  }
}

/** A worker that is given tasks of a pool. */
export type PoolWorker = Worker<PoolTask>;

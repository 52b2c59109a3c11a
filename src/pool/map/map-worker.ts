/** One process of a run of map(), from where it was forked. */
import { taskChannel } from '../../child/task-channel.ts';
import { task } from '../../create/task.ts';
import type { Task } from '../../create/task/task-handle.ts';
import type { Answer, Batch } from './batch.ts';
import type { Cell } from './cells.ts';
import { serveMap, type MapWork } from './serve-map.ts';

/** What a worker tells. */
export interface WorkerEvents {
  answered(worker: MapWorker, batch: Batch, answer: Answer): void;
  /** An item of the batch cannot be sent. */
  refused(worker: MapWorker, batch: Batch, error: unknown): void;
  /** It ended before it was told to; `error` is that of its task. */
  died(worker: MapWorker, error: unknown): void;
}

/** One that has been at a batch for longer may be at it for ever. */
const quickMs = 100;

/** How long one that has nothing more to do may take to end by itself. */
const endMs = 5000;

/** A forked process that works off batches. */
export class MapWorker {
  readonly cell: Cell;
  /** What it was given and has not answered, in this order. */
  readonly inHand: Batch[] = [];
  /** Whether it has answered at all. */
  hasAnswered = false;
  /** The item for whose time it is being killed. */
  lateAt: number | undefined;
  /** When it began with what it is at, as far as that is known here. */
  #since = 0;
  readonly #task: Task;
  readonly #events: WorkerEvents;

  private constructor(started: Task, cell: Cell, events: WorkerEvents) {
    this.#task = started;
    this.cell = cell;
    this.#events = events;
    void this.#listen();
  }

  /** Forks it. Rejects as task() does. */
  static async start(work: MapWork, cell: Cell, events: WorkerEvents): Promise<MapWorker> {
    const serve = (): Promise<void> => serveMap(work, cell, taskChannel<Batch, Answer>());
    Object.defineProperty(serve, 'name', { value: work.fn.name || 'map' });
    return new MapWorker(await task.with({ method: 'fork' })(serve), cell, events);
  }

  get process(): Task {
    return this.#task;
  }

  /** Whether it has answered before, and what it is at has not taken long yet. */
  get isQuick(): boolean {
    return this.hasAnswered && performance.now() - this.#since < quickMs;
  }

  give(batch: Batch): void {
    if (this.inHand.length === 0) this.#since = performance.now();
    this.inHand.push(batch);
    // That it cannot be reached is told by its end.
    this.#task.channel.send(batch).catch((error: unknown) => {
      if (!this.#task.channel.isClosed) this.#events.refused(this, batch, error);
    });
  }

  /** There is nothing more to do for it. Resolves when it is gone. */
  async finish(): Promise<void> {
    this.#task.channel.close();
    const status = await this.#task.wait({ timeout: endMs });
    if (status === undefined) await this.#task.terminate({ tree: true, grace: 0 });
  }

  async #listen(): Promise<void> {
    let end: { readonly error: unknown } | undefined;
    const ended = this.#task.result.then(
      () => undefined,
      (error: unknown) => (end = { error }),
    );
    try {
      for await (const answer of this.#task.channel as AsyncIterable<Answer>) {
        const batch = this.inHand.shift() as Batch;
        this.hasAnswered = true;
        this.#since = performance.now();
        this.#events.answered(this, batch, answer);
      }
    } catch {
      // It ended in the middle of an answer; how is told by the task.
    }
    await ended;
    // What it sent before its end was all answered by now.
    if (end !== undefined) this.#events.died(this, end.error);
  }
}

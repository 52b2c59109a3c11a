/** The processes of one run of map(): who does what, what is done anew, and when it is over. */
import { decodeThrown } from '../../channel/error-codec.ts';
import { abortError } from '../../create/abort-error.ts';
import { whenAborted } from '../../process/abort.ts';
import { BatchSize } from './batch-size.ts';
import { part, type Answer, type Batch } from './batch.ts';
import { Cells } from './cells.ts';
import { named, tooLate, unclonableItem, workerDied } from './item-errors.ts';
import type { MapPlan } from './map-options.ts';
import { MapWorker, type WorkerEvents } from './map-worker.ts';
import { Redo } from './redo.ts';
import type { Results } from './results.ts';
import type { MapWork } from './serve-map.ts';
import type { Source } from './source.ts';
import { Watch } from './watch.ts';

/** Batches for each process that may be given out and not yet taken as results. */
const aheadEach = 16;
/** Bytes of results that may wait to be taken. */
const heaviest = 67_108_864;

/** What a crew works for. */
export interface Run {
  readonly plan: MapPlan;
  readonly work: MapWork;
  readonly source: Source;
  readonly results: Results;
  /** Whoever takes the results takes them at once: nobody has to wait for that. */
  readonly eager: boolean;
}

/** The processes of a run. */
export class Crew implements WorkerEvents {
  readonly #run: Run;
  readonly #size: BatchSize;
  readonly #processes: number;
  readonly #cells: Cells;
  readonly #workers = new Set<MapWorker>();
  readonly #redo: Redo;
  readonly #watch: Watch | undefined;
  readonly #forgetAbort: (() => void) | undefined;
  /** The fork that is under way: one after the other, and only while there is work for it. */
  #starting: Promise<void> | undefined;
  #isOver = false;
  #done = 0;
  /** Of the items from there on nobody wants anything: one before them has failed. */
  #limit = Infinity;
  #stopped: Promise<void> | undefined;

  constructor(run: Run) {
    const { plan, source } = run;
    this.#run = run;
    this.#processes = Math.max(1, Math.min(plan.processes, source.total ?? Infinity));
    this.#size = new BatchSize(plan.chunk, this.#processes);
    this.#redo = new Redo(plan.retries);
    this.#cells = new Cells(this.#processes);
    source.onMore = () => this.pump();
    const { signal, timeoutMs } = plan;
    if (timeoutMs !== undefined) this.#watch = new Watch(this.#workers, timeoutMs);
    this.#forgetAbort = signal && whenAborted(signal, () => this.#fail(abortError(signal)));
  }

  /** Gives out what there is to be done, as far as there is somebody to do it. */
  pump(): void {
    if (this.#isOver) return;
    try {
      this.#giveOut();
    } catch (error) {
      this.#fail(error);
      return;
    }
    const { failure, isDone } = this.#run.source;
    // Not before all that came before it are given out.
    if (failure !== undefined && isDone) this.#failAt(failure.index, failure.error);
    if (this.#starting === undefined && this.#workers.size < this.#processes && this.#hasWork()) {
      this.#starting = this.#start();
    }
    if (!this.#isBusy() && !this.#hasWork()) this.#run.results.end(this.#done);
  }

  /** All results were taken: the processes end by themselves. Resolves when they are gone. */
  finish(): Promise<void> {
    return (this.#stopped ??= this.#end((worker) => worker.finish()));
  }

  /** Kills what runs, and all that came from it. Resolves when it is gone. */
  stop(): Promise<void> {
    return (this.#stopped ??= this.#end(async ({ process }) => {
      process.kill({ tree: true });
      await process.wait();
    }));
  }

  answered(worker: MapWorker, batch: Batch, answer: Answer): void {
    if (this.#isOver) return;
    const { from, count, values, ms, weight, thrown } = answer;
    this.#size.learn(count, ms);
    this.#done += count;
    this.#run.results.add({ from, count, values, weight });
    const next = from + count;
    if (thrown !== undefined) this.#failAt(next, named(decodeThrown(thrown), next));
    else if (next < batch.to) this.#redo.add(part(batch, next, batch.to));
    if (count > 0) this.#tell();
    this.pump();
  }

  refused(_worker: MapWorker, batch: Batch, cause: unknown): void {
    this.#fail(unclonableItem(batch, cause));
  }

  died(worker: MapWorker, cause: unknown): void {
    this.#workers.delete(worker);
    this.#cells.giveBack(worker.cell);
    if (this.#isOver) return;
    const index = worker.lateAt ?? worker.cell.index;
    const name = this.#run.work.fn.name || '(anonymous)';
    const attempts = index === undefined ? 1 : this.#redo.attempt(index);
    const { timeoutMs } = this.#run.plan;
    const isLate = worker.lateAt !== undefined;
    const error = isLate
      ? tooLate(worker, index, timeoutMs as number)
      : workerDied(worker, { name, index, attempts, cause });
    // One that dies before it has done anything would do so again, and again.
    if (index === undefined && !worker.hasAnswered) {
      this.#fail(error);
      return;
    }
    const failed = this.#redo.afterDeath(worker.inHand, index);
    if (failed !== undefined) this.#failAt(failed, error);
    this.pump();
  }

  #giveOut(): void {
    // Who has nothing comes first; then, where batches are short, each gets a second one, unless its
    // first may be one that is not short at all.
    for (const most of this.#size.areShort ? [1, 2] : [1]) {
      for (const worker of this.#workers) {
        if (worker.inHand.length >= (worker.isQuick ? most : 1)) continue;
        const batch = this.#next();
        if (batch === undefined) return;
        worker.give(batch);
      }
    }
  }

  #next(): Batch | undefined {
    const { source } = this.#run;
    if (!this.#mayGoOn()) return undefined;
    const size = this.#size.next(source.left);
    const batch = this.#redo.take(size, this.#limit);
    if (batch !== undefined || this.#limit < Infinity) return batch;
    return source.take(size);
  }

  /** What is done and not taken is bounded, except for what comes first in order and is yet to be done. */
  #mayGoOn(): boolean {
    if (this.#run.eager || !this.#redo.isEmpty) return true;
    const { portions, weight } = this.#run.results.held;
    return portions < this.#processes * aheadEach && weight < heaviest;
  }

  #hasWork(): boolean {
    if (this.#redo.hasBelow(this.#limit)) return true;
    return this.#limit === Infinity && !this.#run.source.isDone;
  }

  #isBusy(): boolean {
    for (const { inHand } of this.#workers) if (inHand.length > 0) return true;
    return false;
  }

  async #start(): Promise<void> {
    const cell = this.#cells.take();
    try {
      const worker = await MapWorker.start(this.#run.work, cell, this);
      this.#workers.add(worker);
      this.#watch?.begin();
    } catch (error) {
      this.#cells.giveBack(cell);
      this.#fail(error);
    }
    this.#starting = undefined;
    this.pump();
  }

  #tell(): void {
    try {
      this.#run.plan.onProgress({ done: this.#done, total: this.#run.source.total });
    } catch (error) {
      this.#fail(error);
    }
  }

  /** An item has failed: whoever takes results in order gets those before it first. */
  #failAt(index: number, error: unknown): void {
    const { plan, eager, results } = this.#run;
    if (eager || !plan.ordered) {
      this.#fail(error);
      return;
    }
    this.#limit = Math.min(this.#limit, index);
    results.failAt(index, error);
  }

  /** The run is over, whatever there is. */
  #fail(error: unknown): void {
    if (this.#isOver) return;
    this.#run.results.fail(error);
    void this.#stopQuietly();
  }

  /** Whoever takes the results waits for the same end, and is told if it fails. */
  async #stopQuietly(): Promise<void> {
    await this.stop().catch(() => {});
  }

  async #end(end: (worker: MapWorker) => Promise<unknown>): Promise<void> {
    this.#isOver = true;
    this.#forgetAbort?.();
    this.#watch?.end();
    const { source } = this.#run;
    const ends = [...this.#workers].map(end);
    const closed = source.close();
    // A process that is just being forked is one of ours as well.
    if (this.#starting !== undefined) {
      const before = new Set(this.#workers);
      await this.#starting;
      for (const worker of this.#workers) if (!before.has(worker)) ends.push(end(worker));
    }
    const outcomes = await Promise.allSettled([...ends, closed]);
    this.#cells.close();
    for (const outcome of outcomes) if (outcome.status === 'rejected') throw outcome.reason;
  }
}

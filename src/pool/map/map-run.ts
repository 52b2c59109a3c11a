/** One run of map(), for who takes its results. */
import { ProcessError } from '../../errors.ts';
import { Crew, type Run } from './crew.ts';
import type { Portion } from './results.ts';

const finished: IteratorReturnResult<undefined> = { done: true, value: undefined };

/**
 * The results of {@link map}: an async iterable, or all of them in an array. It runs from when it is first
 * asked for something, and once. Who leaves the loop early, or gets an error, has nothing left running:
 * all processes were killed by then, with all that came from them.
 *
 * @example
 * ```ts
 * import { map } from 'brood/pool';
 * for await (const square of map([1, 2, 3], (n) => n * n)) console.log(square); // 1, 4, 9
 * ```
 */
export class MapRun<R> implements AsyncIterable<R, undefined, undefined> {
  readonly #begin: (eager: boolean) => Run;
  #begun = false;

  /** Made by map(). */
  constructor(begin: (eager: boolean) => Run) {
    this.#begin = begin;
  }

  /**
   * All results, in the order of the items unless it was asked for otherwise. Rejects as soon as an item
   * fails.
   *
   * @throws see {@link map}; ProcessError `ERR_INVALID_STATE` the second time.
   */
  async toArray(): Promise<R[]> {
    const all: R[] = [];
    for await (const { values = [] } of this.#portions(true)) {
      for (const value of values) all.push(value as R);
    }
    return all;
  }

  /** The results one by one. @throws ProcessError `ERR_INVALID_STATE` the second time. */
  [Symbol.asyncIterator](): AsyncGenerator<R, undefined, undefined> {
    return new ResultIterator<R>(this.#portions(false));
  }

  /** Waits for the end, and for no result; of forEach(). */
  static async drain(run: MapRun<unknown>): Promise<void> {
    const portions = run.#portions(true);
    while ((await portions.next()).done !== true);
  }

  #portions(eager: boolean): Portions {
    if (this.#begun) {
      throw new ProcessError('the results of map() can be taken once only', {
        code: 'ERR_INVALID_STATE',
      });
    }
    this.#begun = true;
    return new Portions(() => this.#begin(eager));
  }
}

/** The results as the processes send them. */
class Portions implements AsyncIterableIterator<Portion, undefined, undefined> {
  readonly #begin: () => Run;
  #run: { readonly results: Run['results']; readonly crew: Crew } | undefined;
  #isOver = false;

  constructor(begin: () => Run) {
    this.#begin = begin;
  }

  /** One at a time. */
  async next(): Promise<IteratorResult<Portion, undefined>> {
    if (this.#isOver) return finished;
    try {
      const { results, crew } = (this.#run ??= this.#start());
      // What was taken before makes room for more.
      crew.pump();
      const value = await results.take();
      if (value !== undefined) return { done: false, value };
      await crew.finish();
    } catch (error) {
      await this.return();
      throw error;
    }
    this.#isOver = true;
    return finished;
  }

  /** Also in the middle of a next(), which tells the end then. */
  async return(): Promise<IteratorReturnResult<undefined>> {
    this.#isOver = true;
    this.#run?.results.abandon();
    await this.#run?.crew.stop();
    return finished;
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  #start(): { results: Run['results']; crew: Crew } {
    const run = this.#begin();
    return { results: run.results, crew: new Crew(run) };
  }
}

/** From portions to single results: a generator would cost more than many an item. */
class ResultIterator<R> implements AsyncGenerator<R, undefined, undefined> {
  readonly #portions: Portions;
  #values: readonly unknown[] = [];
  #at = 0;
  /** What is waited for: one after the other, also for who does not wait. */
  #last: Promise<unknown> | undefined;

  constructor(from: Portions) {
    this.#portions = from;
  }

  next(): Promise<IteratorResult<R, undefined>> {
    if (this.#last === undefined && this.#at < this.#values.length) {
      return Promise.resolve({ done: false, value: this.#values[this.#at++] as R });
    }
    const turn = (this.#last ?? Promise.resolve()).then(() => this.#further());
    const last: Promise<void> = turn.then(
      () => this.#unless(last),
      () => this.#unless(last),
    );
    this.#last = last;
    return turn;
  }

  async return(): Promise<IteratorReturnResult<undefined>> {
    this.#values = [];
    this.#at = 0;
    return this.#portions.return();
  }

  async throw(error: unknown): Promise<never> {
    await this.return();
    throw error;
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.return();
  }

  async #further(): Promise<IteratorResult<R, undefined>> {
    while (this.#at === this.#values.length) {
      const next = await this.#portions.next();
      if (next.done === true) return finished;
      this.#values = next.value.values ?? [];
      this.#at = 0;
    }
    return { done: false, value: this.#values[this.#at++] as R };
  }

  #unless(last: Promise<unknown>): void {
    if (this.#last === last) this.#last = undefined;
  }
}

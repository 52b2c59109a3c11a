/** Long-lived workers that work off what they are given. */
import { checkModule, checkRecursion } from '../create/task/job.ts';
import { Caller, checkHandlers, type Handlers } from './caller.ts';
import { Dispatch } from './dispatch.ts';
import type {
  AnyHandlers,
  CallArguments,
  Calls,
  CallValue,
  HandlerName,
  Item,
  PoolRunner,
} from './handlers.ts';
import { closureLauncher, moduleLauncher, type Launcher } from './launcher.ts';
import { checkPool, type PoolOptions, type PoolPlan } from './pool-options.ts';
import { checkMap, checkRun, type PoolMapOptions, type RunOptions } from './run-options.ts';
import { statsOf, type PoolStats } from './stats.ts';
import { stream } from './stream.ts';

/**
 * A queue, and workers that do what is in it: long-lived processes, each of which does one task after
 * the other. One that dies takes only its own task with it, and is replaced.
 *
 * The handlers are functions of this program, with all that is around them: the pool forks one template
 * of the program when it is made, at the end of that turn of the event loop, and all its workers from
 * that, then and later. Or the handlers are the exports of a module, which each worker imports.
 *
 * Tasks that are not over keep the event loop alive; a pool that has nothing to do does not.
 *
 * @throws (the constructor) TypeError, RangeError `ERR_INVALID_ARG_*`; ProcessError `ERR_TASK_RECURSION`
 * for a module that makes a pool of itself while it is loaded for one; UnsupportedError where there is no
 * fork for handlers that are functions.
 *
 * @example
 * ```ts
 * import { Pool } from 'brood/pool';
 * const offset = 2;
 * await using pool = new Pool({ add: (a: number, b: number) => a + b + offset }, { size: 2 });
 * console.log(await pool.run('add', 20, 20), await pool.call.add(1, 2)); // 42 5
 * ```
 */
export class Pool<H extends object = AnyHandlers> implements AsyncDisposable {
  /** The handlers as functions: `pool.call.resize(image)`. No argument of theirs is taken as options. */
  readonly call: Calls<H>;
  readonly #plan: PoolPlan;
  readonly #launcher: Launcher;
  readonly #dispatch: Dispatch;
  readonly #caller: Caller;

  /**
   * `handlers`: functions by name, or the module that exports them, as a URL or an absolute path. With
   * the type of the module, everything is checked: `new Pool<typeof import('./work.js')>(url)`.
   */
  constructor(handlers: H | URL | string, options?: PoolOptions) {
    let functions: Handlers;
    if (typeof handlers === 'string' || handlers instanceof URL) {
      const url = checkModule(handlers);
      checkRecursion(url);
      this.#plan = checkPool(options, true);
      this.#launcher = moduleLauncher(url, this.#plan);
    } else {
      functions = checkHandlers(handlers);
      this.#plan = checkPool(options, false);
      this.#launcher = closureLauncher(functions, this.#plan);
    }
    this.#dispatch = new Dispatch(this.#plan, this.#launcher);
    this.#caller = new Caller(functions, (task) => this.#dispatch.submit(task));
    this.call = this.#caller.callsWith(this.#plan.run);
  }

  /**
   * Calls a handler in a worker. Arguments and result are structured clones; the arguments are those of
   * this moment, except large buffers, which are to be left alone until the result is there.
   *
   * Options come last: `pool.run('resize', image, { signal, priority: 1 })`. An object counts as options
   * if it has option names only, with values of the right kind; where the handler is a function, only
   * beyond the parameters that it declares. Use {@link Pool.with} or {@link Pool.call} where that is
   * not what is meant.
   *
   * @throws (as rejections) what the handler throws: a built-in error as the same class; WorkerDiedError;
   * TimeoutError; AbortError; TypeError for arguments that cannot be cloned and names that are none;
   * ProcessError `ERR_POOL_QUEUE_FULL`, `ERR_POOL_CLOSED`, `ERR_POOL_TERMINATED`, `ERR_POOL_WORKER` (no
   * worker could begin), `ERR_TASK_UNCLONABLE` (its result), `ERR_TASK_MODULE` (no such export),
   * `ERR_TASK_STALLED`.
   *
   * @example
   * ```ts
   * import { Pool } from 'brood/pool';
   * await using pool = new Pool({ spin: () => { for (;;); } }, { size: 1 });
   * const signal = AbortSignal.timeout(100);
   * await pool.run('spin', { signal }).catch((error) => console.log(error.name)); // AbortError
   * ```
   */
  run<Name extends HandlerName<H>>(
    name: Name,
    ...args:
      | [...args: CallArguments<H, Name>]
      | [...args: CallArguments<H, Name>, options: RunOptions]
  ): Promise<CallValue<H, Name>>;
  run(name: unknown, ...args: unknown[]): Promise<unknown> {
    return this.#caller.runLoosely(name, args, this.#plan.run);
  }

  /**
   * The same with options for each task.
   *
   * @throws TypeError, RangeError.
   *
   * @example
   * ```ts
   * import { Pool } from 'brood/pool';
   * await using pool = new Pool({ double: (n: number) => n * 2 });
   * console.log(await pool.with({ priority: 1, timeout: 1000 }).run('double', 21)); // 42
   * ```
   */
  with(options: RunOptions): PoolRunner<H> {
    const plan = checkRun(options, this.#plan.run);
    return {
      run: (name: unknown, ...args: unknown[]) => this.#caller.run(name, args, plan),
      call: this.#caller.callsWith(plan),
    } as unknown as PoolRunner<H>;
  }

  /**
   * Calls a handler with each item, and resolves to the results in the order of the items. The first
   * failure rejects it; what has begun by then comes to its end, for nobody.
   *
   * @throws as run().
   *
   * @example
   * ```ts
   * import { Pool } from 'brood/pool';
   * await using pool = new Pool({ square: (n: number) => n * n });
   * console.log(await pool.map('square', [1, 2, 3])); // [ 1, 4, 9 ]
   * ```
   */
  async map<Name extends HandlerName<H>>(
    name: Name,
    items: Iterable<Item<H, Name>> | AsyncIterable<Item<H, Name>>,
    options: Omit<PoolMapOptions, 'ordered'> = {},
  ): Promise<CallValue<H, Name>[]> {
    const results: CallValue<H, Name>[] = [];
    for await (const each of this.imap(name, items, options)) results.push(each);
    return results;
  }

  /**
   * Like map(), as a stream: items are taken as they are needed, from whatever can be iterated, and
   * results are given as they are there.
   *
   * @throws as run(), from the iteration.
   *
   * @example
   * ```ts
   * import { Pool } from 'brood/pool';
   * await using pool = new Pool({ square: (n: number) => n * n });
   * for await (const n of pool.imap('square', [1, 2, 3])) console.log(n); // 1, 4, 9
   * ```
   */
  imap<Name extends HandlerName<H>>(
    name: Name,
    items: Iterable<Item<H, Name>> | AsyncIterable<Item<H, Name>>,
    options: PoolMapOptions = {},
  ): AsyncGenerator<CallValue<H, Name>, void, undefined> {
    const { run, ...plan } = checkMap(options, this.#plan);
    const call = (item: unknown): Promise<unknown> => this.#caller.run(name, [item], run);
    return stream(items, call, plan) as AsyncGenerator<CallValue<H, Name>, void, undefined>;
  }

  /**
   * Calls a handler once in each worker that there is, once the pool is ready(); each does it before all
   * else that waits. Resolves to the results, in no order; the first failure rejects it.
   *
   * @throws as run().
   *
   * @example
   * ```ts
   * import { Pool } from 'brood/pool';
   * await using pool = new Pool({ pid: () => process.pid }, { size: 2 });
   * console.log(new Set(await pool.broadcast('pid')).size); // 2
   * ```
   */
  async broadcast<Name extends HandlerName<H>>(
    name: Name,
    ...args: CallArguments<H, Name>
  ): Promise<CallValue<H, Name>[]> {
    await this.ready();
    const workers = [...this.#dispatch.staff.serving];
    const calls = workers.map((worker) =>
      this.#caller.run(name, args, this.#plan.run, (task) => this.#dispatch.submitTo(worker, task)),
    );
    return Promise.all(calls) as Promise<CallValue<H, Name>[]>;
  }

  /** Resolves when as many workers as are kept (`min`, or one) can be called. Rejects as run() does. */
  async ready(): Promise<void> {
    const { refusal } = this.#dispatch;
    if (refusal !== undefined) throw refusal;
    this.#dispatch.loop.hold();
    try {
      await this.#dispatch.staff.whenReady();
    } finally {
      this.#dispatch.loop.release();
    }
  }

  /** Whether run() would reject with `ERR_POOL_QUEUE_FULL` now. */
  get isFull(): boolean {
    return this.#dispatch.isFull;
  }

  /**
   * Resolves when one more task can be taken: at once, unless the queue is full.
   *
   * @example
   * ```ts
   * import { Pool } from 'brood/pool';
   * await using pool = new Pool({ work: (n: number) => n }, { size: 1, queue: 10 });
   * for (let n = 0; n < 100; n++) {
   *   await pool.drain();
   *   void pool.run('work', n);
   * }
   * ```
   */
  drain(): Promise<void> {
    return this.#dispatch.drain();
  }

  /** What there is at the moment, and what there was so far. */
  stats(): PoolStats {
    return statsOf(this.#dispatch, this.#launcher);
  }

  /** Takes no more tasks, does what it has, and ends its workers. Resolves when all of them have ended. */
  close(): Promise<void> {
    return this.#dispatch.finish();
  }

  /** Rejects all tasks that are not over (`ERR_POOL_TERMINATED`), and kills the workers with all they started. */
  terminate(): Promise<void> {
    return this.#dispatch.terminate();
  }

  /** Closes it. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}

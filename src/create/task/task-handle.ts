/** The handle on a task: a child with a result. */
import type { Socket } from 'node:net';
import type { Readable } from 'node:stream';

import type { Channel } from '../../channel/channel.ts';
import { invalidType } from '../../errors.ts';
import type { Started } from '../../platform/platform.ts';
import { Child } from '../../process/child.ts';
import { whenEnded } from '../../process/process.ts';
import type { Scope, TerminateOptions } from '../../process/stop-options.ts';
import type { ExitStatus } from '../../status/exit-status.ts';
import type { Outlet } from '../drain.ts';
import { leftToCaller, serveStreams, stopInTime } from '../look-after.ts';
import type { StartedTask } from './methods/method.ts';
import { Outcome } from './outcome.ts';
import type { TaskPlan } from './plan.ts';
import { relayErrors, Tail, tapErrors } from './stderr-tail.ts';

/** How long a task that has its result may take to end by itself when it is disposed of. */
const endMs = 5000;

/**
 * What `result` is: the promise of what the function returns. For a generator that is a generator
 * here, whose items can also be had from the promise itself.
 */
export type TaskResult<T> = Promise<T> &
  ([T] extends [never]
    ? unknown
    : T extends AsyncGenerator<infer Item, unknown, unknown>
      ? AsyncIterable<Item, void, undefined>
      : unknown);

/**
 * A function in a process of its own: a `Child` with a result. It keeps the event loop alive, is
 * stopped when it is disposed of, and ends when this program does.
 *
 * The process ends with 0 once its result is sent and all it printed is written, with 1 when the
 * function threw; what the function left open does not keep it, unless `linger` says so.
 *
 * @example
 * ```ts
 * import { task } from 'brood';
 * await using t = await task((n: number) => n * 2, 21);
 * console.log(t.pid !== process.pid, await t.result); // true 42
 * ```
 */
export class Task<T = unknown> extends Child {
  readonly #outcome: Outcome;
  readonly #lingers: boolean;
  /** Its standard error, where we pass that on. */
  readonly #relayed: Socket | undefined;
  #result: TaskResult<T> | undefined;

  /** Made by task(). */
  constructor(from: StartedTask, plan: TaskPlan) {
    const { ends, tail, errors } = withTail(from, plan);
    super(leftToCaller(from.plan, { ref: from.started.ref, ends }), !plan.survives);
    serveStreams(this, from.plan, from.started);
    const { name } = plan.work;
    const { bound } = from.plan;
    const outcome = new Outcome(from, { name, pid: this.pid, bound, tail, errors });
    this.#outcome = outcome;
    this.#lingers = plan.linger;
    this.#relayed = plan.relays ? (errors?.stream as Socket | undefined) : undefined;
    stopInTime(this, from.plan, () => outcome.stopping());
    whenEnded(this, (status) => void outcome.ended(status));
  }

  /**
   * What the function returns; rejects with what it throws: a built-in error as the same class, any
   * other as an Error of its name, with message, code, cause, own properties and the stack of there;
   * what is no error as it is. If it returns a generator, this is one, whose items are made when they
   * are asked for; leaving the loop early runs its `finally`.
   *
   * A failure is an unhandled rejection only if somebody has asked for the result; the exit status
   * tells it too. If this program stops the task by terminate() and the like, it never is.
   *
   * @throws TaskError when it ends without a result; TimeoutError, AbortError when it was stopped in
   * time. All as rejections.
   *
   * @example
   * ```ts
   * import { task } from 'brood';
   * const t = await task(function* (upTo: number) {
   *   for (let n = 1; n <= upTo; n++) yield n * n;
   * }, 3);
   * for await (const square of t.result) console.log(square); // 1, 4, 9
   * ```
   */
  get result(): TaskResult<T> {
    this.#result ??= iterable(this.#outcome.promise()) as TaskResult<T>;
    return this.#result;
  }

  /** Messages to and from the function, which has the other end: `taskChannel()`. */
  get channel(): Channel {
    return this.#outcome.channel;
  }

  /** See `Process`; nor does the result keep the event loop alive. */
  override unref(): this {
    this.#outcome.letGo();
    this.#relayed?.unref();
    return super.unref();
  }

  override ref(): this {
    this.#outcome.hold();
    this.#relayed?.ref();
    return super.ref();
  }

  /** See `Process`; that there is no result then is no unhandled rejection. */
  override terminate(options?: TerminateOptions): Promise<ExitStatus> {
    this.#outcome.expectEnd();
    return super.terminate(options);
  }

  /** See `Process`; that there is no result then is no unhandled rejection. */
  override kill(options?: Scope): boolean {
    this.#outcome.expectEnd();
    return super.kill(options);
  }

  /** Terminates it; one that has its result may first write what it printed. */
  override async [Symbol.asyncDispose](): Promise<void> {
    this.#outcome.expectEnd();
    if (this.#outcome.isOver && !this.handle.detached && !this.#lingers) {
      await this.wait({ timeout: endMs });
    }
    await super[Symbol.asyncDispose]();
  }
}

/** Standard error as its end can be known: passed on by us, or seen on its way to the caller. */
function withTail(
  { started, plan: { stdio } }: StartedTask,
  { relays }: TaskPlan,
): { ends: Started['ends']; tail: Tail; errors: Outlet | undefined } {
  const tail = new Tail();
  const from = started.ends.get(2) as Readable | undefined;
  if (from === undefined) return { ends: started.ends, tail, errors: undefined };
  const ends = new Map(started.ends);
  if (relays) {
    ends.delete(2);
    return { ends, tail, errors: relayErrors(from, tail) };
  }
  if (stdio.err === undefined) ends.set(2, tapErrors(from as Socket, tail));
  else from.on('data', tail.take);
  return { ends, tail, errors: { stream: from } };
}

/** The promise of a generator, which can be iterated over as it is. */
function iterable(promise: Promise<unknown>): Promise<unknown> {
  return Object.defineProperty(promise, Symbol.asyncIterator, {
    value: async function* (): AsyncGenerator<unknown, unknown, unknown> {
      const items = (await promise) as Partial<AsyncGenerator> | undefined;
      if (typeof items?.[Symbol.asyncIterator] === 'function') {
        return yield* items as AsyncGenerator;
      }
      throw invalidType('result', 'iterated where the function is a generator only', items);
    },
  });
}

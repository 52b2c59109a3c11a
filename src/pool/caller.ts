/** From a name and arguments to a task of a pool. */
import { frameOf } from '../channel/frame.ts';
import type { AnyFunction } from '../child/load-function.ts';
import { workerKinds } from '../child/worker-messages.ts';
import { unclonableArgument } from '../create/task/job.ts';
import { invalidType, invalidValue } from '../errors.ts';
import type { Calls } from './handlers.ts';
import { PoolTask, type Settle } from './pool-task.ts';
import { checkRun, looksLikeOptions, type RunPlan } from './run-options.ts';

/** What takes a task. */
export type Submit = (task: PoolTask) => void;

/** The handlers of this program; undefined where they are those of a module. */
export type Handlers = Readonly<Record<string, AnyFunction>> | undefined;

/** Makes tasks of calls. */
export class Caller {
  readonly #handlers: Handlers;
  readonly #submit: Submit;
  #nextId = 1;

  constructor(handlers: Handlers, submit: Submit) {
    this.#handlers = handlers;
    this.#submit = submit;
  }

  /** Rejects with TypeErrors for a wrong name, and for arguments that cannot be cloned. */
  run(
    name: unknown,
    args: readonly unknown[],
    plan: RunPlan,
    submit: Submit = this.#submit,
  ): Promise<unknown> {
    return new Promise((resolve, reject) => {
      // What is thrown here rejects.
      submit(this.#task(name, args, plan, { resolve, reject }));
    });
  }

  /** The same where options may come last, and are `usual` otherwise. */
  runLoosely(name: unknown, args: readonly unknown[], usual: RunPlan): Promise<unknown> {
    const last = args.at(-1);
    if (typeof last !== 'object' || !looksLikeOptions(last) || this.#declares(name, args.length)) {
      return this.run(name, args, usual);
    }
    try {
      return this.run(name, args.slice(0, -1), checkRun(last, usual));
    } catch (error) {
      return Promise.reject(error);
    }
  }

  /** A function for each handler. */
  callsWith<H>(plan: RunPlan): Calls<H> {
    const known = new Map<string, AnyFunction>();
    return new Proxy(Object.freeze({}), {
      get: (_target, name) => {
        // Whoever looks whether it is a promise, or shows it, finds nothing.
        if (typeof name !== 'string' || name === 'then' || name === 'toJSON') return undefined;
        let call = known.get(name);
        if (call === undefined) {
          call = (...args) => this.run(name, args, plan);
          known.set(name, call);
        }
        return call;
      },
    }) as Calls<H>;
  }

  /** Whether the handler has a parameter at that place, as far as that is known here. */
  #declares(name: unknown, place: number): boolean {
    const handler = this.#handlers?.[name as string];
    return handler !== undefined && handler.length >= place;
  }

  #task(name: unknown, args: readonly unknown[], plan: RunPlan, settle: Settle): PoolTask {
    if (typeof name !== 'string') throw invalidType('name', 'a string', name);
    if (this.#handlers !== undefined && !Object.hasOwn(this.#handlers, name)) {
      const there = Object.keys(this.#handlers).join(', ');
      throw invalidValue('name', name, `must be the name of a handler: ${there}`);
    }
    const id = this.#nextId++;
    const given = plan.transfer === undefined ? args : transferred(args, plan.transfer);
    try {
      const frame = frameOf(workerKinds.call, [id, name, ...given]);
      return new PoolTask({ id, name, frame }, plan, settle);
    } catch (cause) {
      throw unclonableArgument(given, cause);
    }
  }
}

/** The same memory here, and nothing of it left with the caller. */
function transferred(
  args: readonly unknown[],
  transfer: readonly ArrayBuffer[],
): readonly unknown[] {
  try {
    return structuredClone(args, { transfer: [...transfer] });
  } catch (cause) {
    throw unclonableArgument(args, cause);
  }
}

/** The handlers of a pool that are functions. */
export function checkHandlers(handlers: unknown): NonNullable<Handlers> {
  if (typeof handlers !== 'object' || handlers === null) {
    throw invalidType('handlers', 'an object of functions, a URL or an absolute path', handlers);
  }
  const entries = Object.entries(handlers);
  if (entries.length === 0) throw invalidValue('handlers', handlers, 'must have a function');
  for (const [name, fn] of entries) {
    if (typeof fn !== 'function') throw invalidType(`handlers.${name}`, 'a function', fn);
    if (/^class\b/.test(Function.prototype.toString.call(fn))) {
      throw invalidValue(`handlers.${name}`, fn, 'must be a function, not a class');
    }
  }
  return handlers as NonNullable<Handlers>;
}

/** One function in a new process, with its result. */
import type { AnyFunction } from '../child/load-function.ts';
import { invalidType, invalidValue } from '../errors.ts';
import { callerFile } from './task/caller-file.ts';
import { assignmentOf, checkModule } from './task/job.ts';
import { startByFork } from './task/methods/fork.ts';
import { prepareForkserver, startByForkserver } from './task/methods/forkserver.ts';
import type { Prepared, StartMethod } from './task/methods/method.ts';
import { startBySpawn } from './task/methods/spawn.ts';
import {
  checkOptions,
  planTask,
  type TaskMethod,
  type TaskOptions,
  type Work,
} from './task/plan.ts';
import { Task } from './task/task-handle.ts';

/**
 * What comes of a function that returns `R`: what it resolves to, and for a generator one that is
 * asynchronous.
 */
export type TaskValue<R> = 0 extends 1 & R ? R : [R] extends [never] ? never : ValueOf<Awaited<R>>;

type ValueOf<R> =
  R extends AsyncGenerator<infer Item, infer Value, infer Asked>
    ? AsyncGenerator<Item, Value, Asked>
    : R extends Generator<infer Item, infer Value, infer Asked>
      ? AsyncGenerator<Awaited<Item>, Value, Asked>
      : R;

/** A module whose type is not told: anything may be asked of it, and anything come back. */
type AnyModule = Readonly<Record<string, (...args: never[]) => unknown>>;

/** The names of the functions that a module exports. */
type FunctionName<M> = {
  [Name in keyof M & string]: M[Name] extends (...args: never[]) => unknown ? Name : never;
}[keyof M & string];

/** What an export returns. */
type Returned<F> = F extends (...args: never[]) => infer R ? R : never;

/** The arguments of an export. */
type Given<F> = F extends (...args: infer A) => unknown ? A : never;

/** A name and the arguments that go with it, for each function of a module. */
type ModuleCall<M> = string extends keyof M
  ? [name: string, ...args: unknown[]]
  : { [Name in FunctionName<M>]: [name: Name, ...args: Given<M[Name]>] }[FunctionName<M>];

/** Starts tasks with some options. */
export interface TaskStarter {
  /** See {@link task}. */
  <A extends readonly unknown[], R>(fn: (...args: A) => R, ...args: A): Promise<Task<TaskValue<R>>>;

  /**
   * A function that a module exports, in a process that imports the module. The module is a URL or an
   * absolute path: `new URL('./work.js', import.meta.url)`, or `import.meta.resolve('package')`.
   * With its type, name and arguments are checked; the result is that of any of its functions, or of
   * exactly one where the name is told to the compiler too.
   *
   * @throws as {@link task}.
   *
   * @example
   * ```ts
   * import { task } from 'brood';
   * const t = await task.module<typeof import('node:path'), 'join'>('node:path', 'join', 'a', 'b');
   * console.log(await t.result); // a/b
   * ```
   */
  module<M extends object = AnyModule>(
    url: URL | string,
    ...call: ModuleCall<M>
  ): Promise<Task<TaskValue<Returned<M[keyof M & FunctionName<M>]>>>>;
  module<M extends object, Name extends FunctionName<M>>(
    url: URL | string,
    name: Name,
    ...args: Given<M[Name]>
  ): Promise<Task<TaskValue<Returned<M[Name]>>>>;

  /**
   * Starts the fork server of these options ahead, if their method is `'forkserver'`: the first task then
   * needs not wait until the modules of `preload` are imported. Resolves when it serves, with what ends it
   * before its time; without this it is started with the first task.
   *
   * @throws ProcessError `ERR_PRELOAD` for a module that cannot be imported, `ERR_PRELOAD_HANDLES` for one
   * that leaves open what tasks cannot share, `ERR_FORK_SERVER`; UnsupportedError; all as rejections.
   *
   * @example
   * ```ts
   * import { task } from 'brood';
   * const compile = task.with({ method: 'forkserver', preload: ['typescript'] });
   * await using server = await compile.prepare();
   * ```
   */
  prepare(): Promise<Prepared>;
}

/** {@link task}. */
export interface TaskFunction extends TaskStarter {
  /** The same with options. */
  with(options: TaskOptions): TaskStarter;
}

const startMethods: Readonly<Record<TaskMethod, StartMethod>> = {
  fork: startByFork,
  forkserver: startByForkserver,
  spawn: startBySpawn,
};

async function start(
  work: Work,
  args: readonly unknown[],
  options: TaskOptions | undefined,
): Promise<Task> {
  const plan = planTask(work, args, options);
  return new Task(await startMethods[plan.method](assignmentOf(plan)), plan);
}

function checkFunction(fn: unknown): void {
  if (typeof fn !== 'function') throw invalidType('fn', 'a function', fn);
  if (/^class\b/.test(Function.prototype.toString.call(fn))) {
    throw invalidValue('fn', fn, 'must be a function, not a class');
  }
}

function starterWith(options: TaskOptions | undefined): TaskStarter {
  const starter = async (fn: AnyFunction, ...args: readonly unknown[]): Promise<Task> => {
    checkFunction(fn);
    const name = fn.name === '' ? '(anonymous)' : fn.name;
    return start({ from: 'function', fn, name, file: callerFile(starter) }, args, options);
  };
  const module = async (url: unknown, name: unknown, ...args: unknown[]): Promise<Task> => {
    const href = checkModule(url);
    if (typeof name !== 'string') throw invalidType('name', 'a string', name);
    if (name === '') throw invalidValue('name', name, 'must not be empty');
    return start({ from: 'module', url: href, name }, args, options);
  };
  const prepare = async (): Promise<Prepared> => prepareForkserver(checkOptions(options));
  return Object.assign(starter, { module, prepare }) as unknown as TaskStarter;
}

/**
 * Runs a function in a process of its own. Resolves once that has started; `result` of what it
 * resolves to is the result of the function.
 *
 * Arguments and result are structured clones; large typed arrays and buffers are sent without being
 * copied first. An async function is awaited; a generator is a stream of results. With the methods
 * `'forkserver'` and `'spawn'` the function is sent as text, and has nothing around it but `import()`
 * and `require()`: a variable from outside is reported as such. Or name the export of a module:
 * `task.module()`.
 *
 * The process has nothing to read, and prints where this program does, unless `task.with(options)`
 * says otherwise. It ends when this program ends, however that happens.
 *
 * @throws TypeError, RangeError (`ERR_INVALID_ARG_*`: also for arguments that cannot be cloned, and a
 * function that cannot be sent), before anything was started; SpawnError; UnsupportedError; AbortError.
 *
 * @example
 * ```ts
 * import { task } from 'brood';
 * const t = await task((a: number, b: number) => a + b, 20, 22);
 * console.log(await t.result); // 42
 * const slow = await task.with({ timeout: 10 })(() => new Promise(() => setInterval(() => {}, 1000)));
 * await slow.result.catch((error) => console.log(error.name)); // TimeoutError
 * ```
 */
export const task: TaskFunction = Object.assign(starterWith(undefined), { with: starterWith });

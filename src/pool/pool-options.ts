/** The options of a pool. */
import { unknownName } from '../create/option-names.ts';
import { attributeNames } from '../create/spawn-options.ts';
import type { TaskOptions } from '../create/task/plan.ts';
import { invalidType, invalidValue, outOfRange } from '../errors.ts';
import { features } from '../platform/features.ts';
import { platform } from '../platform/select.ts';
import { checkRetries, checkTimeout, type RunPlan } from './run-options.ts';

/** How the workers of a pool come to be. */
export type PoolMethod = 'fork' | 'forkserver' | 'spawn';

/** What is the same for the process of a task and that of a worker. */
type WorkerOptions = Omit<
  Pick<TaskOptions, 'cwd' | 'env' | 'extendEnv' | 'execArgv' | 'preload' | 'spares' | 'settle'> &
    Pick<TaskOptions, 'limits' | 'priority' | 'affinity' | 'scheduling' | 'ioPriority'> &
    Pick<TaskOptions, 'cgroup' | 'oomScoreAdjust' | 'umask' | 'uid' | 'gid' | 'groups'>,
  never
>;

/** What `new Pool()` takes. Those that are not described here are as for task(), for each worker. */
export interface PoolOptions extends WorkerOptions {
  /** How many workers there are; as many as there are processors to be had, by default. */
  readonly size?: number | undefined;
  /** Instead of `size`: so many are kept even when there is nothing to do; 0 if not given. */
  readonly min?: number | undefined;
  /** Instead of `size`: so many are started when there is much to do. */
  readonly max?: number | undefined;
  /**
   * Handlers that are functions: `'fork'`. A module: `'forkserver'`, by default where it can be had, or
   * `'spawn'`, a fresh Node for each worker.
   */
  readonly method?: PoolMethod | undefined;
  /** How many tasks may wait for a worker; Infinity by default. See `drain()`. */
  readonly queue?: number | undefined;
  /** Milliseconds that a task may run; its worker is killed then. Infinity by default. */
  readonly timeout?: number | undefined;
  /** How often a task is begun again when its worker died of it; 0 by default. */
  readonly retries?: number | undefined;
  /** A worker that has done so many tasks is replaced; Infinity by default. */
  readonly maxTasksPerWorker?: number | undefined;
  /** Resident bytes above which a worker is replaced, after the task that it does. */
  readonly maxMemory?: number | undefined;
  /** Milliseconds after which a worker above `min` that has nothing to do ends; 10000 by default. */
  readonly idleTimeout?: number | undefined;
  /**
   * What each worker does before its first task: a function, where the handlers are functions; the name
   * of an export of the module, alone or with arguments in an array.
   */
  readonly initializer?: (() => unknown) | string | readonly [name: string, ...args: unknown[]];
}

/** Checked. */
export interface PoolPlan {
  readonly method: PoolMethod;
  readonly min: number;
  readonly max: number;
  readonly queue: number;
  readonly maxTasks: number;
  readonly maxMemory: number | undefined;
  readonly idleMs: number;
  readonly initializer: PoolOptions['initializer'];
  readonly run: RunPlan;
  /** What is for the processes of the workers. */
  readonly worker: TaskOptions;
}

const defaultIdleMs = 10_000;
const mostWorkers = 4096;
const longestMs = 0x7fff_ffff;

const ownNames = [
  'size',
  'min',
  'max',
  'method',
  'queue',
  'timeout',
  'retries',
  'maxTasksPerWorker',
  'maxMemory',
  'idleTimeout',
  'initializer',
] as const;
const workerNames = ['cwd', 'env', 'extendEnv', 'execArgv', 'preload', 'spares', 'settle'] as const;
const senseless = new Set(['deathSignal', 'processGroup', 'session', 'controllingTerminal']);
const processNames = attributeNames.filter((name) => !senseless.has(name));
const known: readonly string[] = [...ownNames, ...workerNames, ...processNames];

/** @throws TypeError, RangeError. `module`: the handlers are those of a module. */
export function checkPool(given: unknown, isModule: boolean): PoolPlan {
  const options = (given ?? {}) as PoolOptions;
  if (typeof options !== 'object') throw invalidType('options', 'an object', given);
  const worker: Record<string, unknown> = {};
  const own = new Set<string>(ownNames);
  for (const [name, value] of Object.entries(options)) {
    if (!known.includes(name)) throw unknownName(`options.${name}`, name, known);
    if (!own.has(name) && value !== undefined) worker[name] = value;
  }
  const method = methodOf(options.method, isModule);
  checkForMethod(worker, method);
  return {
    method,
    ...sizeOf(options),
    queue: countOf(options.queue, 'options.queue', { least: 0, otherwise: Infinity }),
    maxTasks: countOf(options.maxTasksPerWorker, 'options.maxTasksPerWorker', {
      least: 1,
      otherwise: Infinity,
    }),
    maxMemory:
      options.maxMemory === undefined
        ? undefined
        : countOf(options.maxMemory, 'options.maxMemory', { least: 1, otherwise: 0 }),
    idleMs: idleOf(options.idleTimeout),
    initializer: initializerOf(options.initializer, isModule),
    run: {
      signal: undefined,
      priority: 0,
      timeoutMs: options.timeout === undefined ? Infinity : checkTimeout(options.timeout),
      retries: options.retries === undefined ? 0 : checkRetries(options.retries),
      transfer: undefined,
    },
    worker,
  };
}

function methodOf(method: unknown, isModule: boolean): PoolMethod {
  const possible: readonly unknown[] = isModule ? ['forkserver', 'spawn'] : ['fork'];
  if (method === undefined) {
    if (!isModule) return 'fork';
    return features().forkEntry.available ? 'forkserver' : 'spawn';
  }
  if (possible.includes(method)) return method as PoolMethod;
  const reason = isModule
    ? "must be 'forkserver' or 'spawn' where the handlers are a module"
    : "must be 'fork' where the handlers are functions: other processes do not have them";
  throw invalidValue('options.method', method, reason);
}

/** What only some methods know. */
const only: Readonly<Record<string, readonly PoolMethod[]>> = {
  settle: ['fork'],
  preload: ['forkserver'],
  spares: ['fork', 'forkserver'],
  execArgv: ['forkserver', 'spawn'],
};

function checkForMethod(worker: Record<string, unknown>, method: PoolMethod): void {
  for (const [name, methods] of Object.entries(only)) {
    if (worker[name] === undefined || methods.includes(method)) continue;
    const reason = `is for the method ${methods.map((each) => `'${each}'`).join(' and ')} alone`;
    throw invalidValue(`options.${name}`, worker[name], reason);
  }
}

function sizeOf({ size, min, max }: PoolOptions): { min: number; max: number } {
  if (size !== undefined) {
    if (min !== undefined || max !== undefined) {
      throw invalidValue('options.size', size, 'goes not with options.min and options.max');
    }
    countOf(size, 'options.size', { least: 1, most: mostWorkers, otherwise: 0 });
    return { min: size, max: size };
  }
  if (min === undefined && max === undefined) {
    const cores = platform().own.processors();
    return { min: cores, max: cores };
  }
  const least = countOf(min, 'options.min', { least: 0, most: mostWorkers, otherwise: 0 });
  const otherwise = Math.max(least, platform().own.processors());
  const most = countOf(max, 'options.max', { least: 1, most: mostWorkers, otherwise });
  if (most < least) throw outOfRange('options.max', `at least options.min (${least})`, most);
  return { min: least, max: most };
}

interface Range {
  readonly least: number;
  readonly most?: number;
  /** If nothing is given. */
  readonly otherwise: number;
}

function countOf(value: unknown, name: string, { least, most, otherwise }: Range): number {
  if (value === undefined) return otherwise;
  if (typeof value !== 'number') throw invalidType(name, 'a number', value);
  if (value === Infinity && most === undefined) return value;
  if (!Number.isInteger(value) || value < least || value > (most ?? Number.MAX_SAFE_INTEGER)) {
    const range = most === undefined ? `from ${least} up` : `from ${least} to ${most}`;
    throw outOfRange(name, `an integer ${range}`, value);
  }
  return value;
}

function idleOf(value: unknown): number {
  if (value === undefined) return defaultIdleMs;
  if (value === Infinity) return value;
  return countOf(value, 'options.idleTimeout', { least: 0, most: longestMs, otherwise: 0 });
}

function initializerOf(given: unknown, isModule: boolean): PoolOptions['initializer'] {
  if (given === undefined) return undefined;
  if (!isModule) {
    if (typeof given === 'function') return given as () => unknown;
    throw invalidType('options.initializer', 'a function, as the handlers are', given);
  }
  if (typeof given === 'string') return [given];
  if (Array.isArray(given) && typeof given[0] === 'string') {
    return given as unknown as readonly [string, ...unknown[]];
  }
  const expected = 'the name of an export, or an array of one and its arguments';
  throw invalidType('options.initializer', expected, given);
}

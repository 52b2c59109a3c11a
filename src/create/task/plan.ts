/** The options of a task, and what is asked of a start method. */
import type { AnyFunction } from '../../child/load-function.ts';
import { invalidType, invalidValue } from '../../errors.ts';
import { features } from '../../platform/features.ts';
import { checkFlag } from '../command.ts';
import type { ForkEntryOptions } from '../fork-entry.ts';
import { unknownName } from '../option-names.ts';
import {
  attributeNames,
  spawnOptionNames,
  type Dialect,
  type SpawnOptions,
} from '../spawn-options.ts';

/** How the process of a task comes to be. */
export type TaskMethod = 'fork' | 'forkserver' | 'spawn';

/**
 * Options of a task: those of spawn() that make sense without a program, and a few of its own. Unless
 * something else is said, it has nothing to read, and says what it says where this program does.
 */
export interface TaskOptions
  extends
    Omit<SpawnOptions, 'argv0' | 'shell' | 'maxBuffer'>,
    Pick<ForkEntryOptions, 'keep' | 'settle'> {
  /**
   * How the process comes to be: `'fork'` (where features().fork can be had, by default), a copy of
   * this one in which closures work; `'forkserver'`, a copy of a small process that is warm and knows
   * nothing of this one; `'spawn'`, a fresh Node, by default where there is no fork.
   */
  readonly method?: TaskMethod | undefined;
  /** What the function leaves open (timers, servers) keeps the process alive after the result. */
  readonly linger?: boolean | undefined;
  /**
   * For the method `'forkserver'`: the modules that the server imports, once, in this order: URLs,
   * absolute paths, names of packages (looked up from this program's main module). Each list has a
   * server of its own.
   */
  readonly preload?: readonly (string | URL)[] | undefined;
  /** For the method `'forkserver'`: how many processes wait ready made for a task, 2 by default. */
  readonly spares?: number | undefined;
  /**
   * For the method `'forkserver'`: the server ends when no task was asked of it for so many milliseconds,
   * 300000 by default; Infinity: with this program.
   */
  readonly idleTimeout?: number | undefined;
  /**
   * Options of Node for the methods `'spawn'` and `'forkserver'`; by default those of this program, without the ones that
   * were for its own code alone (`--eval`, `--inspect`, `--test`, `--watch`).
   */
  readonly execArgv?: readonly string[] | undefined;
}

/** Standard input, `'ignore'` by default, output (`'inherit'`) and error. */

/** What a task runs. */
export type Work =
  | { readonly from: 'module'; readonly url: string; readonly name: string }
  | {
      readonly from: 'function';
      readonly fn: AnyFunction;
      readonly name: string;
      /** Where it was handed over: a file: URL. */
      readonly file: string;
    };

/** A checked call. */
export interface TaskPlan {
  readonly work: Work;
  readonly args: readonly unknown[];
  readonly method: TaskMethod;
  /** What the start method is given beyond the function: the options, with the defaults of tasks. */
  readonly options: TaskOptions;
  readonly linger: boolean;
  readonly survives: boolean;
  /** It dies with this program, by a death signal for itself alone. */
  readonly dies: boolean;
  /** Standard error is passed on to ours by us, so that its end is known. */
  readonly relays: boolean;
}

/** What only one method knows. */
const namesOf = {
  fork: ['keep', 'settle'],
  forkserver: ['preload', 'spares', 'idleTimeout'],
} as const;
const ownNames = ['method', 'linger', 'execArgv', ...namesOf.fork, ...namesOf.forkserver];
const senseless = new Set(['argv0', 'shell', 'maxBuffer']);

/** What the options of a task may be named, and what its streams are where nothing is said. */
export const taskDialect: Dialect = {
  names: new Set([...spawnOptionNames.filter((name) => !senseless.has(name)), ...ownNames]),
  stdin: 'ignore',
  others: 'inherit',
};

const methods: ReadonlySet<unknown> = new Set<TaskMethod>(['fork', 'forkserver', 'spawn']);
const noOptions: TaskOptions = Object.freeze({});

/** Checks what is not checked by the start of a process; starts nothing. */
export function planTask(work: Work, args: readonly unknown[], given: unknown): TaskPlan {
  const options = checkOptions(given);
  const method = options.method ?? (features().forkEntry.available ? 'fork' : 'spawn');
  if (options.execArgv !== undefined && method === 'fork') {
    throw invalidValue('options.execArgv', options.execArgv, "is not for the method 'fork'");
  }
  for (const one of ['fork', 'forkserver'] as const) {
    if (method === one) continue;
    for (const name of namesOf[one]) {
      if (options[name] === undefined) continue;
      throw invalidValue(`options.${name}`, options[name], `is for the method '${one}' alone`);
    }
  }
  const survives = options.cleanup === false;
  const relays = options.stderr === undefined;
  const dies = !survives && options.deathSignal === undefined && features().deathSignal.available;
  return {
    work,
    args,
    method,
    options: {
      ...options,
      ...(relays ? { stderr: 'pipe' } : undefined),
      ...(dies ? { deathSignal: 'SIGKILL' } : undefined),
    },
    linger: checkFlag(options.linger, 'options.linger'),
    survives,
    dies,
    relays,
  };
}

/** Checks the names of the options, and the method. */
export function checkOptions(options: unknown): TaskOptions {
  if (options === undefined) return noOptions;
  if (typeof options !== 'object' || options === null) {
    throw invalidType('options', 'an object', options);
  }
  for (const name of Object.keys(options)) {
    if (taskDialect.names.has(name) || attributeNames.includes(name)) continue;
    throw unknownName(`options.${name}`, name, [...taskDialect.names, ...attributeNames]);
  }
  const { method } = options as { method?: unknown };
  if (method !== undefined && !methods.has(method)) {
    throw invalidValue('options.method', method, "must be 'fork', 'forkserver' or 'spawn'");
  }
  return options;
}

/** The options of spawn(), and how they become a request to the platform. */
import { invalidType, invalidValue } from '../errors.ts';
import type { NewProcessAttributes, SpawnRequest } from '../platform/platform.ts';
import { checkBound, type Bound } from '../process/time.ts';
import { signalNumber, type SignalName } from '../signal/signal-names.ts';
import { amount } from './amount.ts';
import {
  attributeChecks,
  finishAttributes,
  type AttributeDraft,
  type AttributeOptions,
} from './attribute-options.ts';
import { commandOf, type CommandOptions } from './command.ts';
import { unknownName } from './option-names.ts';
import { stdioOf, type Stdio, type StdioDefault, type StdioOptions } from './stdio-options.ts';

/** When a child is stopped, and how. */
export interface BoundOptions {
  /** It is stopped after so many milliseconds, counted from the call; 0: at once. */
  readonly timeout?: number | undefined;
  /** It is stopped at that moment: a Date, or milliseconds since the epoch. */
  readonly deadline?: Date | number | undefined;
  /**
   * It is stopped when this is aborted. If that is the case already, nothing is started and the call
   * rejects with an AbortError.
   */
  readonly signal?: AbortSignal | undefined;
  /** What it is stopped with, `'SIGTERM'` by default. */
  readonly killSignal?: SignalName | number | undefined;
  /** Milliseconds from `killSignal` to SIGKILL, 5000 by default. */
  readonly grace?: number | undefined;
}

/** Options of {@link spawn}, and of everything else that starts a program. */
export interface SpawnOptions extends CommandOptions, StdioOptions, AttributeOptions, BoundOptions {
  /**
   * It is stopped when this program ends (true by default): SIGTERM, and SIGKILL a second later.
   * SIGKILL of this program is only followed by `deathSignal`.
   */
  readonly cleanup?: boolean | undefined;
  /**
   * Most bytes that are kept of each output by the calls that keep it (run() and its kin); spawn()
   * itself keeps nothing.
   */
  readonly maxBuffer?: number | undefined;
}

/** How a child is to be stopped. */
export interface Stop {
  readonly signalNumber: number;
  readonly graceMs: number;
}

/** A checked spawn(). */
export interface SpawnPlan {
  readonly request: SpawnRequest;
  readonly stdio: Stdio;
  /** When it is stopped; undefined: never. */
  readonly bound: Bound | undefined;
  readonly stop: Stop;
  /** What a shell is given to run. */
  readonly line: string | undefined;
}

/** The names of the options of spawn() that are no attributes. */
export const spawnOptionNames: readonly string[] = [
  'cwd',
  'env',
  'extendEnv',
  'argv0',
  'shell',
  'stdin',
  'stdout',
  'stderr',
  'fds',
  'cleanup',
  'maxBuffer',
  'timeout',
  'deadline',
  'signal',
  'killSignal',
  'grace',
];

/** The names of the attributes. */
export const attributeNames: readonly string[] = [...attributeChecks.keys()];

/** What a call that starts programs knows of its options. */
export interface Dialect {
  /** The names of its options that are no attributes. */
  readonly names: ReadonlySet<string>;
  readonly stdin: StdioDefault;
  /** Standard output and error. */
  readonly others: StdioDefault;
}

const noOptions: SpawnOptions = Object.freeze({});
const politely: Stop = Object.freeze({ signalNumber: signalNumber('SIGTERM', ''), graceMs: 5000 });

/** The options of a call f(program, args?, options?), whose arguments may be left out. */
export function optionsOf<T extends object>(args: unknown, options: T | undefined): T | undefined {
  const areOptions = typeof args === 'object' && args !== null && !Array.isArray(args);
  return areOptions ? (options ?? (args as T)) : options;
}

/** Checks a call f(program, args?, options?) and works out what it asks for; starts nothing. */
export function planSpawn(
  program: unknown,
  args: unknown,
  options: SpawnOptions | undefined,
  dialect: Dialect,
): SpawnPlan {
  const stated = optionsOf(args, options);
  const given = stated === undefined ? noOptions : stated;
  const list = args === given ? undefined : args;
  if (typeof given !== 'object' || given === null) throw invalidType('options', 'an object', given);
  const attributes = checkNames(given, dialect);
  const command = commandOf(program, list, given);
  const stdio = stdioOf(given, dialect.stdin, dialect.others);
  if (attributes?.controllingTerminal !== undefined) checkTerminal(attributes, stdio);
  if (given.maxBuffer !== undefined) amount(given.maxBuffer, 'options.maxBuffer');
  return {
    request: {
      program: command.program,
      candidates: command.candidates,
      argv: command.argv,
      env: command.env,
      cwd: command.cwd,
      descriptors: stdio.descriptors,
      attributes,
      cleanup: checkCleanup(given.cleanup),
    },
    stdio,
    bound: checkBound(given, 'options'),
    stop: stopOf(given),
    line: command.line,
  };
}

/** Refuses unknown names, and checks the attributes on the way; undefined if there are none. */
function checkNames(options: object, dialect: Dialect): NewProcessAttributes | undefined {
  let draft: AttributeDraft | undefined;
  for (const name of Object.keys(options)) {
    const check = attributeChecks.get(name);
    if (check === undefined) {
      if (dialect.names.has(name)) continue;
      throw unknownName(`options.${name}`, name, [...dialect.names, ...attributeNames]);
    }
    const value = (options as Record<string, unknown>)[name];
    if (value === undefined) continue;
    draft ??= {};
    check(draft, value, `options.${name}`);
  }
  return draft === undefined ? undefined : finishAttributes(draft);
}

function checkTerminal(attributes: NewProcessAttributes, stdio: Stdio): void {
  const fd = attributes.controllingTerminal ?? 0;
  const kind = stdio.descriptors.get(fd)?.kind;
  if (kind !== undefined && kind !== 'closed') return;
  throw invalidValue('options.controllingTerminal', fd, 'must be a descriptor that the child has');
}

function checkCleanup(value: unknown): boolean {
  if (value === undefined) return true;
  if (typeof value !== 'boolean') throw invalidType('options.cleanup', 'a boolean', value);
  return value;
}

function stopOf(options: BoundOptions): Stop {
  const { killSignal, grace } = options;
  if (killSignal === undefined && grace === undefined) return politely;
  return {
    signalNumber:
      killSignal === undefined
        ? politely.signalNumber
        : signalNumber(killSignal, 'options.killSignal'),
    graceMs: grace === undefined ? politely.graceMs : amount(grace, 'options.grace'),
  };
}

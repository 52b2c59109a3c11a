/** The options of run() and its kin, and what is to be kept of the output. */
import { invalidType, invalidValue } from '../errors.ts';
import { amount } from './amount.ts';
import type { Encoding } from './capture.ts';
import { checkFlag } from './command.ts';
import type { Source } from './feed.ts';
import {
  optionsOf,
  planSpawn,
  spawnOptionNames,
  type Dialect,
  type SpawnOptions,
  type SpawnPlan,
} from './spawn-options.ts';
import { isSource } from './stdio-options.ts';

/** Options of {@link run}: those of spawn(), and what to do with the output. */
export interface RunOptions<E extends Encoding = Encoding> extends SpawnOptions {
  /** What is fed to its standard input, whatever it says; without it there is nothing to read. */
  readonly input?: Source | undefined;
  /** Reject with an ExitError unless the exit code is 0; true by default. */
  readonly check?: boolean | undefined;
  /** `'utf8'` (default): strings, with U+FFFD for what is not UTF-8; `'buffer'`: the exact bytes. */
  readonly encoding?: E | undefined;
  /** Keep both outputs in `all` too, in the order in which they came. */
  readonly all?: boolean | undefined;
  /**
   * Most bytes that are kept of each output, 100 MiB by default. What follows is read and thrown away,
   * `truncated` is true, and the program goes on. A string cannot be longer than 512 MiB: use the
   * encoding `'buffer'` for more.
   */
  readonly maxBuffer?: number | undefined;
  /**
   * Milliseconds of silence, after the exit, until an output that some grandchild still holds is given
   * up; 100 by default. In all it takes at most ten times as long. Infinity waits for its end. What
   * was written before the exit is never lost.
   */
  readonly drain?: number | undefined;
}

/** How the output of a run is kept. */
export interface Keep {
  readonly check: boolean;
  readonly encoding: Encoding;
  readonly all: boolean;
  readonly maxBuffer: number;
  readonly drainMs: number;
}

/** A checked run(). */
export interface RunPlan {
  readonly spawn: SpawnPlan;
  readonly keep: Keep;
}

const defaultMaxBuffer = 100 * 1024 * 1024;
const defaultDrainMs = 100;

/** The names of the options that run() has beyond spawn(). */
export const runOptionNames: readonly string[] = ['input', 'check', 'encoding', 'all', 'drain'];

const names: ReadonlySet<string> = new Set([...spawnOptionNames, ...runOptionNames]);

/** run(): nothing to read, output kept. */
export const capturing: Dialect = { names, stdin: 'ignore', others: 'pipe' };

/** call(): in the place of this program. */
export const inheriting: Dialect = { names, stdin: 'inherit', others: 'inherit' };

/** Checks a call f(program, args?, options?) of the run() kind. */
export function planRun(
  program: unknown,
  args: unknown,
  options: RunOptions | undefined,
  dialect: Dialect,
): RunPlan {
  const given = optionsOf(args, options);
  const spawn = planSpawn(program, args, options, dialect);
  refuseTalk(spawn, given);
  if (given?.input !== undefined) setInput(spawn, given);
  return { spawn, keep: keepOf(given) };
}

/** Checks the options on the output. */
export function keepOf(options: RunOptions | undefined): Keep {
  const { encoding = 'utf8', maxBuffer = defaultMaxBuffer, drain } = options ?? {};
  if (encoding !== 'utf8' && encoding !== 'buffer') {
    throw invalidValue('options.encoding', encoding, "must be 'utf8' or 'buffer'");
  }
  return {
    check: options?.check === undefined || checkFlag(options.check, 'options.check'),
    encoding,
    all: checkFlag(options?.all, 'options.all'),
    maxBuffer: amount(maxBuffer, 'options.maxBuffer'),
    drainMs: drain === undefined ? defaultDrainMs : amount(drain, 'options.drain'),
  };
}

/** Makes `input` what is fed to the child. */
export function setInput(plan: SpawnPlan, options: RunOptions): void {
  const { input } = options;
  if (options.stdin !== undefined && options.stdin !== 'pipe') {
    throw invalidValue('options.input', input, 'goes not with options.stdin');
  }
  if (!isSource(input)) {
    throw invalidType(
      'options.input',
      'a string, a Uint8Array, a Readable or an AsyncIterable',
      input,
    );
  }
  plan.stdio.feed = input;
  plan.stdio.descriptors.set(0, { kind: 'pipe', direction: 'in' });
}

/** Nobody is at our end of a socket pair while the call runs. */
export function refuseTalk(plan: SpawnPlan, options: SpawnOptions | undefined): void {
  if (options?.fds === undefined) return;
  for (const [fd, { kind }] of plan.stdio.descriptors) {
    if (kind !== 'socketpair') continue;
    throw invalidValue(`options.fds.${fd}`, 'pipe', "must not be 'pipe' here: nobody could use it");
  }
}

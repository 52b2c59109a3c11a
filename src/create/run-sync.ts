/** The one-liners that block this thread: for scripts, and for the start of a program. */
import { constants } from 'node:os';

import { invalidValue } from '../errors.ts';
import type { SyncOutcome } from '../platform/platform.ts';
import { platform } from '../platform/select.ts';
import { ProcessTree } from '../process/tree.ts';
import { exitStatus } from '../status/exit-status.ts';
import { abortError } from './abort-error.ts';
import { codeOf, planCall, type CallOptions } from './call.ts';
import { decode, type Encoding, type OutputOf } from './capture.ts';
import { planOutput, withoutNewline, type OutputOptions } from './output.ts';
import type { Result } from './result.ts';
import { capturing, planRun, type RunOptions, type RunPlan } from './run-options.ts';
import { commandOfPlan, settle } from './run.ts';

/** What cannot be done while JavaScript stands still. */
type Asynchronous = 'input' | 'all';

/** Options of {@link runSync}: those of run(), but for streams, iterables and `all`. */
export interface RunSyncOptions<E extends Encoding = Encoding> extends Omit<
  RunOptions<E>,
  Asynchronous
> {
  /** What is fed to its standard input. */
  readonly input?: string | Uint8Array | undefined;
}

/**
 * Like {@link run}, blocking this thread until the program has ended: no timer fires meanwhile, no
 * stream flows, and an AbortSignal is only looked at when it starts. Input is a string or bytes;
 * outputs are captured each for itself, so there is no `all` (`stderr: 'stdout'` gives both in one).
 *
 * @throws like {@link run}, synchronously.
 *
 * @example
 * ```ts
 * import { runSync } from 'brood';
 * console.log(runSync('sort', { input: 'b\na\n' }).stdout); // 'a\nb\n'
 * ```
 */
export function runSync<E extends Encoding = 'utf8'>(
  program: string,
  args?: readonly string[],
  options?: RunSyncOptions<E>,
): Result<OutputOf<E>>;
export function runSync<E extends Encoding = 'utf8'>(
  program: string,
  options: RunSyncOptions<E>,
): Result<OutputOf<E>>;
export function runSync(
  program: string,
  args?: readonly string[] | RunSyncOptions,
  options?: RunSyncOptions,
): Result<string | Buffer> {
  return executeSync(planRun(program, args, options, capturing));
}

/**
 * Like {@link output}, blocking this thread.
 *
 * @example
 * ```ts
 * import { outputSync } from 'brood';
 * console.log(outputSync('printf', ['%s', 'hello'])); // hello
 * ```
 */
export function outputSync(
  program: string,
  args?: readonly string[],
  options?: Omit<OutputOptions, Asynchronous> & Pick<RunSyncOptions, 'input'>,
): string;
export function outputSync(
  program: string,
  options: Omit<OutputOptions, Asynchronous> & Pick<RunSyncOptions, 'input'>,
): string;
export function outputSync(program: string, args?: unknown, options?: unknown): string {
  return withoutNewline(executeSync(planOutput(program, args, options)).stdout as string);
}

/**
 * Like {@link call}, blocking this thread.
 *
 * @example
 * ```ts
 * import { callSync } from 'brood';
 * console.log(callSync('test', ['-d', '/'])); // 0
 * ```
 */
export function callSync(
  program: string,
  args?: readonly string[],
  options?: Omit<CallOptions, Asynchronous> & Pick<RunSyncOptions, 'input'>,
): number;
export function callSync(
  program: string,
  options: Omit<CallOptions, Asynchronous> & Pick<RunSyncOptions, 'input'>,
): number;
export function callSync(program: string, args?: unknown, options?: unknown): number {
  return codeOf(executeSync(planCall(program, args, options)));
}

function executeSync(plan: RunPlan): Result<string | Buffer> {
  const { spawn, keep } = plan;
  const input = inputOf(plan);
  const signal = spawn.bound?.signal;
  if (signal?.aborted === true) throw abortError(signal);
  const startedAt = performance.now();
  const outcome = spawnSync(plan, input);
  const truncated = (fd: number): boolean => outcome.truncated.includes(fd);
  const text = (fd: number): string | Buffer => {
    const bytes = outcome.captured.get(fd);
    return decode(
      bytes === undefined || bytes.length === 0 ? [] : [bytes],
      keep.encoding,
      truncated(fd),
    );
  };
  const result: Result<string | Buffer> = {
    command: commandOfPlan(spawn),
    status: exitStatus(outcome.end),
    stdout: text(1),
    stderr: text(2),
    durationMs: performance.now() - startedAt,
    timedOut: outcome.timedOut,
    killed: outcome.timedOut,
    truncated: truncated(1) || truncated(2),
  };
  return settle(result, { aborted: false }, plan, outcome.pid);
}

function spawnSync({ spawn, keep }: RunPlan, input: Uint8Array | undefined): SyncOutcome {
  const { handed } = spawn.stdio;
  const remaining = spawn.bound?.remaining();
  const tree = new TreeStop();
  handed?.begin();
  try {
    const outcome = platform().spawnSync({
      spawn: spawn.request,
      input,
      timeoutMs: remaining === Number.POSITIVE_INFINITY ? undefined : remaining,
      killSignal: spawn.stop.signalNumber,
      graceMs: finite(spawn.stop.graceMs),
      maxBuffer: finite(keep.maxBuffer),
      drainMs: finite(keep.drainMs),
      stop: tree.stop,
    });
    handed?.done();
    tree.release();
    return outcome;
  } catch (error) {
    handed?.undo();
    throw error;
  }
}

/** Stops a program and all that came from it, in the midst of the blocking call. */
class TreeStop {
  #tree: ProcessTree | undefined;

  /** The pid is that of a child nobody has reaped, so it means what it meant. */
  readonly stop = (pid: number, number: number): void => {
    try {
      this.#tree ??= new ProcessTree([platform().attach(pid)]);
      if (number === constants.signals.SIGKILL) this.#tree.kill();
      else this.#tree.signal(number, true);
    } catch {
      // Whatever is in the way of the whole tree (descriptors, rights), the program has to end.
      process.kill(pid, number);
    }
  };

  /** Who is not reaped yet is let go as soon as that is the case. */
  release(): void {
    for (const { ref } of this.#tree?.look().living ?? []) ref?.onEnd(() => {});
  }
}

/** Infinity as an integer that fits whatever the platform counts with. */
function finite(number: number): number {
  return Math.min(Math.ceil(number), 2 ** 47);
}

/** The bytes to feed; refuses what would need JavaScript to go on. */
function inputOf({ spawn, keep }: RunPlan): Uint8Array | undefined {
  const { feed, out, err } = spawn.stdio;
  if (keep.all) {
    throw invalidValue('options.all', true, "needs run(): take options.stderr 'stdout' here");
  }
  if (out !== undefined || err !== undefined) {
    const name = out === undefined ? 'options.stderr' : 'options.stdout';
    throw invalidValue(name, out ?? err, 'must not be a stream here, where nothing can flow');
  }
  if (feed === undefined) {
    // A pipe that nobody writes to would never end.
    const isPipe = spawn.stdio.descriptors.get(0)?.kind === 'pipe';
    return isPipe ? new Uint8Array() : undefined;
  }
  if (typeof feed === 'string') return Buffer.from(feed);
  if (feed instanceof Uint8Array) return feed;
  throw invalidValue(
    'options.stdin',
    feed,
    'must be a string or bytes here, where nothing can flow',
  );
}

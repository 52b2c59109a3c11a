/** A program from start to end, with what it said. */
import { abortError } from './abort-error.ts';
import { Batch, type BatchEnd, type Ended } from './batch.ts';
import type { Encoding, OutputOf } from './capture.ts';
import { commandText } from './command.ts';
import { launch } from './launch.ts';
import { ExitError, type Result } from './result.ts';
import { capturing, planRun, type Keep, type RunOptions, type RunPlan } from './run-options.ts';
import type { SpawnPlan } from './spawn-options.ts';

/**
 * Runs a program, waits for it, and keeps what it said. Unless told otherwise there is nothing for it
 * to read, and standard output and error are captured.
 *
 * When `timeout`, `deadline` or `signal` say so, the program and everything it started is stopped with
 * `killSignal`, and killed after the `grace`; the call never takes longer than that because some
 * grandchild holds an output.
 *
 * @throws ExitError if it did not end with exit code 0, or took too long (`timedOut`), unless `check`
 * is false; SpawnError if it could not be started; AbortError, with the fields of a Result if it had
 * been started; what a source of input or a Writable failed with; TypeError, RangeError.
 *
 * @example
 * ```ts
 * import { run } from 'brood';
 * const { stdout, status } = await run('tr', ['a-z', 'A-Z'], { input: 'hello' });
 * console.log(stdout, status.code); // HELLO 0
 * ```
 */
export function run<E extends Encoding = 'utf8'>(
  program: string,
  args?: readonly string[],
  options?: RunOptions<E>,
): Promise<Result<OutputOf<E>>>;
export function run<E extends Encoding = 'utf8'>(
  program: string,
  options: RunOptions<E>,
): Promise<Result<OutputOf<E>>>;
export async function run(
  program: string,
  args?: readonly string[] | RunOptions,
  options?: RunOptions,
): Promise<Result<string | Buffer>> {
  return execute(planRun(program, args, options, capturing));
}

/** Starts what is planned, and waits for its result. */
export async function execute(plan: RunPlan): Promise<Result<string | Buffer>> {
  const { spawn, keep } = plan;
  const startedAt = performance.now();
  const started = await launch(spawn);
  const batch = new Batch(keep, spawn.stop);
  batch.add(spawn, started);
  const end = await batch.end(spawn.bound);
  const { child, status, out, err } = end.members[0] as Ended;
  const result: Result<string | Buffer> = {
    command: commandOfPlan(spawn),
    status,
    stdout: out.output(keep.encoding),
    stderr: err.output(keep.encoding),
    ...(keep.all ? { all: batch.all.output(keep.encoding) } : undefined),
    durationMs: performance.now() - startedAt,
    timedOut: end.timedOut,
    killed: end.killed,
    truncated: out.truncated || err.truncated,
  };
  return settle(result, end, plan, child.pid);
}

/** The command as one would type it; of a shell, the line. */
export function commandOfPlan({ request, line }: SpawnPlan): string {
  return line ?? commandText(request.program, request.argv.slice(1));
}

/** The result, or the error that it stands for. */
export function settle<R extends Result<string | Buffer>>(
  result: R,
  end: Pick<BatchEnd, 'aborted'>,
  { spawn, keep }: { readonly spawn: Pick<SpawnPlan, 'bound'>; readonly keep: Keep },
  pid?: number,
): R {
  const signal = spawn.bound?.signal;
  if (end.aborted && signal !== undefined) throw Object.assign(abortError(signal), result);
  if (keep.check && (!result.status.ok || result.timedOut)) throw new ExitError(result, { pid });
  return result;
}

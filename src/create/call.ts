/** A program in the place of this one for a while. */
import { ExitError, type Result } from './result.ts';
import { inheriting, planRun, type RunOptions, type RunPlan } from './run-options.ts';
import { execute } from './run.ts';

/** Options of {@link call}: those of run() but for what concerns captured output. */
export type CallOptions = Omit<RunOptions, 'encoding' | 'all' | 'check'>;

/**
 * Runs a program that shares our standard input, output and error, and gives its exit code; 128 + the
 * signal's number if it was killed by one, as a shell does. An exit code is no error here.
 *
 * @throws ExitError only if it was stopped because its time was over, which no number could tell;
 * otherwise what {@link run} throws.
 *
 * @example
 * ```ts
 * import { call } from 'brood';
 * console.log(await call('test', ['-d', '/nowhere'])); // 1
 * ```
 */
export function call(
  program: string,
  args?: readonly string[],
  options?: CallOptions,
): Promise<number>;
export function call(program: string, options: CallOptions): Promise<number>;
export async function call(
  program: string,
  args?: readonly string[] | CallOptions,
  options?: CallOptions,
): Promise<number> {
  return codeOf(await execute(planCall(program, args, options)));
}

/** Checks a call of call() or callSync(). */
export function planCall(program: string, args: unknown, options: unknown): RunPlan {
  const plan = planRun(program, args, options as RunOptions | undefined, inheriting);
  return { spawn: plan.spawn, keep: { ...plan.keep, check: false } };
}

/** The exit code as a shell would give it. */
export function codeOf(result: Result<string | Buffer>): number {
  const { shellCode } = result.status;
  if (result.timedOut || shellCode === undefined) throw new ExitError(result);
  return shellCode;
}

/** What a program says, as a string. */
import { invalidValue } from '../errors.ts';
import { capturing, planRun, type RunOptions, type RunPlan } from './run-options.ts';
import { execute } from './run.ts';

/** Options of {@link output}: those of run(), but what it gives is always a string. */
export type OutputOptions = Omit<RunOptions<'utf8'>, 'encoding' | 'all'>;

/**
 * Runs a program and gives its standard output, without the newline at its end (one, as a line has
 * it). Standard error is captured for the message of an error. With `check: false`, whatever was said.
 *
 * @throws what {@link run} throws.
 *
 * @example
 * ```ts
 * import { output } from 'brood';
 * console.log(await output('expr', ['6', '*', '7'])); // 42
 * ```
 */
export function output(
  program: string,
  args?: readonly string[],
  options?: OutputOptions,
): Promise<string>;
export function output(program: string, options: OutputOptions): Promise<string>;
export async function output(
  program: string,
  args?: readonly string[] | OutputOptions,
  options?: OutputOptions,
): Promise<string> {
  const result = await execute(planOutput(program, args, options));
  return withoutNewline(result.stdout as string);
}

/** Checks a call of output() or outputSync(). */
export function planOutput(program: string, args: unknown, options: unknown): RunPlan {
  const plan = planRun(program, args, options as RunOptions | undefined, capturing);
  if (plan.keep.encoding !== 'utf8') {
    throw invalidValue('options.encoding', plan.keep.encoding, "must be 'utf8' here");
  }
  return plan;
}

/** A text without the end of its last line. */
export function withoutNewline(text: string): string {
  if (!text.endsWith('\n')) return text;
  return text.slice(0, text.endsWith('\r\n') ? -2 : -1);
}

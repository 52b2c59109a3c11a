/** fork + exec of another program. */
import type { Child } from '../process/child.ts';
import { launch } from './launch.ts';
import { lookAfter } from './look-after.ts';
import { planSpawn, spawnOptionNames, type Dialect, type SpawnOptions } from './spawn-options.ts';

const dialect: Dialect = { names: new Set(spawnOptionNames), stdin: 'pipe', others: 'pipe' };

/**
 * Starts another program. Resolves once that is running, so the child has a real pid and its program
 * was found; what it needs is made on another thread, and the event loop does not wait.
 *
 * A name without a slash is looked for in the PATH of the child; a relative path is taken from our
 * working directory, not from `cwd`. A file that is no program is given to /bin/sh. The child gets the
 * descriptors that were asked for and no others, an empty signal mask and default dispositions.
 *
 * Misuse of the arguments rejects too, and then nothing was started. A source of `stdin` or a Writable
 * that fails rejects nothing here, where nobody listens any more: the child is stopped with
 * `killSignal`, and the failure is an unhandled rejection. run() rejects with it.
 *
 * Source: posix_spawn(3), execve(2), clone(2).
 *
 * @throws SpawnError that names the step and the path that failed; TypeError and RangeError
 * (`ERR_INVALID_ARG_*`, `ERR_OUT_OF_RANGE`); AbortError if `signal` was aborted before.
 *
 * @example
 * ```ts
 * import { spawn } from 'brood';
 * const child = await spawn('sort', ['-r'], { stdin: 'a\nb\n' });
 * for await (const line of child) console.log(line); // 'b', then 'a'
 * console.log((await child.wait()).ok); // true
 * ```
 */
export function spawn(
  program: string,
  args?: readonly string[],
  options?: SpawnOptions,
): Promise<Child>;
export function spawn(program: string, options: SpawnOptions): Promise<Child>;
export async function spawn(
  program: string,
  args?: readonly string[] | SpawnOptions,
  options?: SpawnOptions,
): Promise<Child> {
  const plan = planSpawn(program, args, options, dialect);
  return lookAfter(plan, await launch(plan));
}

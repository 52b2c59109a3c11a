import type { FileDescriptor } from '../descriptor/file-descriptor.ts';
/** execve(2): another program in the place of this one. */
import { invalidType } from '../errors.ts';
import type { SpawnRequest } from '../platform/platform.ts';
import { platform } from '../platform/select.ts';
import type { AttributeOptions } from './attribute-options.ts';
import type { CommandOptions } from './command.ts';
import { planSpawn, type Dialect } from './spawn-options.ts';
import type { FileTarget } from './stdio-options.ts';

/** What a descriptor may be after exec(): nobody is left at the other end of a pipe to us. */
export type KeptOption = 'inherit' | 'ignore' | 'closed' | FileTarget | FileDescriptor | number;

/** Options of {@link exec}. */
export interface ExecOptions extends CommandOptions, AttributeOptions {
  /** Its standard input, `'inherit'` by default. */
  readonly stdin?: KeptOption | undefined;
  /** Its standard output, `'inherit'` by default. */
  readonly stdout?: KeptOption | undefined;
  /** Its standard error, `'inherit'` by default; `'stdout'` is 2>&1. */
  readonly stderr?: KeptOption | 'stdout' | undefined;
  /** The descriptors that are kept open, by number; all others above 2 are closed. */
  readonly fds?: Readonly<Record<number, KeptOption | undefined>> | undefined;
}

const dialect: Dialect = {
  names: new Set(['cwd', 'env', 'extendEnv', 'argv0', 'shell', 'stdin', 'stdout', 'stderr', 'fds']),
  stdin: 'inherit',
  others: 'inherit',
};

/**
 * Replaces this program by another one, in the same process: same pid, same parent, same children. It
 * does not return. Descriptors 0, 1 and 2 block again; handlers of signals are gone, what was ignored
 * with `signals.ignore` stays ignored, nothing is blocked. Nothing is run on the way out: no exitors,
 * no 'exit' event, and what a stream has buffered is lost.
 *
 * Source: execve(2).
 *
 * @throws SpawnError, and this program goes on as it was; UnsupportedError where the addon is not
 * loaded; TypeError, RangeError.
 *
 * @example
 * ```ts
 * import { exec } from 'brood';
 * exec('sh', ['-c', 'echo $$ is now a shell'], { cwd: '/' });
 * ```
 */
export function exec(program: string, args?: readonly string[], options?: ExecOptions): never;
export function exec(program: string, options: ExecOptions): never;
export function exec(
  program: string,
  args?: readonly string[] | ExecOptions,
  options?: ExecOptions,
): never {
  const plan = planSpawn(program, args, options, dialect);
  const { descriptors, feed, out, err } = plan.stdio;
  refuse(descriptors, feed ?? out ?? err);
  return platform().exec(plan.request);
}

function refuse(descriptors: SpawnRequest['descriptors'], stream: unknown): void {
  for (const [fd, { kind }] of descriptors) {
    if (kind !== 'pipe' && kind !== 'socketpair') continue;
    const name = ['options.stdin', 'options.stdout', 'options.stderr'][fd] ?? `options.fds.${fd}`;
    throw invalidType(
      name,
      "'inherit', 'ignore', 'closed', {file}, a FileDescriptor or a descriptor's number",
      stream ?? 'pipe',
    );
  }
}

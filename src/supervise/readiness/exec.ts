/** Whether a program ends with 0. */
import { run } from '../../create/run.ts';
import type { SpawnOptions } from '../../create/spawn-options.ts';

/** Resolves when it does, and rejects when it does not before `signal` was aborted. */
export async function askExec(
  command: { readonly program: string; readonly args: readonly string[] },
  surroundings: Pick<SpawnOptions, 'cwd' | 'env' | 'extendEnv' | 'uid' | 'gid' | 'groups'>,
  signal: AbortSignal,
): Promise<void> {
  const { program, args } = command;
  const { status } = await run(program, args, {
    ...surroundings,
    signal,
    check: false,
    stdin: 'ignore',
    stdout: 'ignore',
    stderr: 'ignore',
    grace: 100,
  });
  if (!status.ok) throw new Error(`${program} ${String(status)}`);
}

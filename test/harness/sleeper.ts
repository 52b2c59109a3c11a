/** A process that can be found by its name. */
import { symlinkSync } from 'node:fs';
import { join } from 'node:path';
import type { TestContext } from 'node:test';

import { spawn } from 'brood';

import { temporaryFolder } from './temp.ts';

/** The pid of a process that sleeps, under that name, until the end of the test. */
export async function sleeper(
  t: TestContext,
  name: string,
  args: string[] = ['60'],
): Promise<number> {
  const folder = await temporaryFolder(t);
  symlinkSync('/bin/sleep', join(folder, name));
  const child = await spawn(join(folder, name), args, {
    argv0: name,
    stdin: 'ignore',
    stdout: 'ignore',
    stderr: 'ignore',
  });
  t.after(() => child.terminate());
  return child.pid;
}

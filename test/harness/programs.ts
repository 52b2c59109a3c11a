/** Programs of the machine that tests use. */
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import type { TestContext } from 'node:test';

/** Whether PATH has the program. */
function hasProgram(name: string): boolean {
  return (process.env['PATH'] ?? '').split(delimiter).some((folder) => {
    try {
      accessSync(join(folder, name), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

/**
 * Whether the test can go on: skips it where the program is missing, and fails it on CI, which has
 * them all. Use as `if (!requireProgram(t, 'git')) return;`.
 */
export function requireProgram(t: TestContext, name: string): boolean {
  if (hasProgram(name)) return true;
  if (process.env['CI'] === 'true') throw new Error(`${name} is missing on CI`);
  t.skip(`${name} is missing`);
  return false;
}

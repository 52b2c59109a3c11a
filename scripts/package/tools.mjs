/** What the scripts about the package share: npm, and folders that go away again. */
import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

export const root = fileURLToPath(new URL('../../', import.meta.url));

/** package.json of brood. */
export function manifest() {
  return JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
}

/** A folder that is removed when this program ends. */
export function temporaryFolder() {
  const folder = mkdtempSync(join(tmpdir(), 'brood-package-'));
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** Runs a program; resolves with its output, rejects with all that it said. */
export async function run(program, args, cwd, env = {}) {
  try {
    const options = { cwd, env: { ...process.env, ...env }, maxBuffer: 64 * 2 ** 20 };
    const { stdout } = await promisify(execFile)(program, args, options);
    return stdout;
  } catch (error) {
    const said = [error.stdout, error.stderr].filter(Boolean).join('\n') || error.message;
    throw new Error(`${program} ${args.join(' ')} failed:\n${said}`, { cause: error });
  }
}

export function npm(args, cwd) {
  return run('npm', args, cwd);
}

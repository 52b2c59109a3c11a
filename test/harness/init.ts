/** brood-init to start in tests, alone or as PID 1 of a pid namespace. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, type TestContext } from 'node:test';

import { isRoot } from './as-user.ts';
import { childrenOf, stat, until } from './proc.ts';
import { requireProgram } from './programs.ts';
import { root } from './root.ts';

/** The native program. */
export const initPath: string = join(root, 'build/Release/brood-init');

/** Whether there is one: tests of the portable platform have none. */
export const noInit: string | false = existsSync(initPath) ? false : 'brood-init is not built';

/** Why there can be no pid namespace here; false: there can. */
export const noNamespace: string | false = isRoot ? false : 'needs root';

/** The command line that makes a program PID 1 of a pid namespace with a /proc of its own. */
export const asPid1 = ['unshare', '--pid', '--fork', '--mount-proc', '--kill-child'] as const;

let possible: boolean | undefined;

/** Whether pid namespaces can be had; skips the test where not. */
export function requireNamespaces(t: TestContext): boolean {
  if (!requireProgram(t, 'unshare')) return false;
  const [program, ...args] = asPid1;
  possible ??= spawnSync(program, [...args, 'true']).status === 0;
  if (!possible) t.skip('no pid namespaces here');
  return possible;
}

/** How it ended and what was written. */
export interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A program that runs. */
export interface StartedProgram {
  readonly child: ChildProcess;
  readonly pid: number;
  readonly stdout: () => string;
  readonly stderr: () => string;
  readonly result: Promise<Ended>;
}

/** What a test that failed has left: a namespace goes with unshare, a tree with brood-init. */
const running = new Set<ChildProcess>();
afterEach(() => {
  for (const child of running) {
    child.stdin?.end();
    if (child.spawnfile === 'unshare') child.kill('SIGKILL');
    for (let asked = 0; asked < 2; asked++) child.kill('SIGTERM');
  }
});

/** Starts any command line; `input` keeps its standard input open. */
export function startProgram(
  line: readonly string[],
  options: { cwd?: string; env?: NodeJS.ProcessEnv; input?: true; detached?: true } = {},
): StartedProgram {
  const [program, ...args] = line;
  const { input, ...rest } = options;
  const child = spawn(program as string, args, { ...rest, stdio: 'pipe' });
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  child.stdin.on('error', () => undefined);
  if (input !== true) child.stdin.end();
  const result = new Promise<Ended>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code, signal) => resolve({ code, signal, stdout, stderr }));
  });
  running.add(child);
  child.once('close', () => running.delete(child));
  return { child, pid: child.pid ?? 0, stdout: () => stdout, stderr: () => stderr, result };
}

/** Starts brood-init as a subreaper. */
export function startInit(
  args: readonly string[],
  options?: Parameters<typeof startProgram>[1],
): StartedProgram {
  return startProgram([initPath, '--subreaper', ...args], options);
}

/** Runs it to its end. */
export function runInit(args: readonly string[]): Promise<Ended> {
  return startInit(args).result;
}

/** Starts it as PID 1; `pid` is the one that the tests see it by. */
export async function startPid1(args: readonly string[]): Promise<StartedProgram> {
  const outer = startProgram([...asPid1, initPath, ...args]);
  const pid = await until(
    () => childrenOf(outer.pid).find((each) => stat(each)?.comm === 'brood-init'),
    'brood-init as PID 1',
  );
  return { ...outer, pid };
}

/** Resolves once it has written that. */
export async function says(started: StartedProgram, text: string): Promise<void> {
  let ended = false;
  void started.result.then(() => (ended = true));
  await until(() => started.stdout().includes(text) || ended, `'${text}'`);
  if (started.stdout().includes(text)) return;
  throw new Error(`it ended without '${text}': ${started.stdout()}${started.stderr()}`);
}

/** A shell with that script as the program of brood-init. */
export const sh = (script: string): string[] => ['--', 'sh', '-c', script];

/** Programs of Node to start in tests, by node:child_process: brood must not be its own witness. */
import { type ChildProcess, spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

import { forOthers } from './for-others.ts';

/** How a program ended and what it wrote. */
export interface NodeResult {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface NodeOptions {
  readonly cwd?: string;
  /** Merged into this program's environment; undefined removes. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** A program and its arguments that gets Node's command line, such as `['strace', '-f']`. */
  readonly wrap?: readonly string[];
  /** Written to stdin, which is empty without it. */
  readonly input?: string | Uint8Array;
  readonly uid?: number;
  readonly gid?: number;
  readonly detached?: boolean;
}

/** A program that runs. */
export interface StartedNode {
  readonly pid: number;
  readonly child: ChildProcess;
  /** What it has written so far. */
  readonly stdout: () => string;
  readonly stderr: () => string;
  /** Resolves when it has ended and its streams were read to their end. */
  readonly result: Promise<NodeResult>;
}

/** The path of test/fixtures/`name`.ts, compiled. */
export function fixture(name: string): string {
  return fileURLToPath(new URL(`../fixtures/${name}.js`, import.meta.url));
}

/** Starts this Node with `args`. The caller sees to its end: await `result`. */
export function startNode(args: readonly string[], options: NodeOptions = {}): StartedNode {
  const node = options.uid === undefined ? process.execPath : forOthers().node;
  const [program, ...rest] = [...(options.wrap ?? []), node, ...args];
  const child = spawn(program as string, rest, {
    cwd: options.cwd,
    env: { ...process.env, ...options.env },
    detached: options.detached ?? false,
    ...(options.uid === undefined ? {} : { uid: options.uid }),
    ...(options.gid === undefined ? {} : { gid: options.gid }),
    stdio: 'pipe',
  });
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  // A program that does not read its input breaks the pipe; that is its right.
  child.stdin.on('error', () => undefined);
  child.stdin.end(options.input ?? '');
  const result = new Promise<NodeResult>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code, signal) => resolve({ code, signal, stdout, stderr }));
  });
  if (child.pid === undefined) result.catch(() => undefined);
  return {
    pid: child.pid ?? 0,
    child,
    stdout: () => stdout,
    stderr: () => stderr,
    result,
  };
}

/** Runs this Node with `args` to its end. */
export function runNode(args: readonly string[], options: NodeOptions = {}): Promise<NodeResult> {
  return startNode(args, options).result;
}

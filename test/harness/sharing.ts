/** Other programs that have our shared memory as their descriptor 3. */
import { spawn } from 'node:child_process';
import type { TestContext } from 'node:test';

import type { SharedMemory } from 'brood/shared';

import { root } from './root.ts';

const prelude = `
import { setTimeout as sleep } from 'node:timers/promises';
import {
  Barrier, Condition, Event, Lock, Queue, Semaphore, SharedMemory, Value,
} from 'brood/shared';
const memory = SharedMemory.from(3);
const tell = (value) => process.stdout.write(JSON.stringify(value) + '\\n');
`;

/** Another program. */
export interface Sharer {
  readonly pid: number;
  /** The next value that it tells; rejects if it ends before. */
  readonly next: () => Promise<unknown>;
  /** SIGKILL; resolves when it is dead and reaped. */
  readonly kill: () => Promise<void>;
  /** Resolves with its exit code, and all that it told and next() has not given. */
  readonly end: Promise<{ code: number | null; told: unknown[]; stderr: string }>;
}

/**
 * Starts a module that has the names of `brood/shared`, `memory`, `sleep` and `tell(value)`. It is killed
 * after the test, if it still runs.
 */
export function share(t: TestContext, memory: SharedMemory, code: string): Sharer {
  const child = spawn(process.execPath, ['--input-type=module', '--eval', prelude + code], {
    cwd: root,
    stdio: ['ignore', 'pipe', 'pipe', memory.descriptor.fd],
  });
  const told: unknown[] = [];
  let wake: (() => void) | undefined;
  let text = '';
  let stderr = '';
  let ended = false;
  child.stderr?.setEncoding('utf8').on('data', (chunk: string) => (stderr += chunk));
  child.stdout?.setEncoding('utf8').on('data', (chunk: string) => {
    const lines = (text + chunk).split('\n');
    text = lines.pop() ?? '';
    told.push(...lines.map((line) => JSON.parse(line) as unknown));
    wake?.();
  });
  const end = new Promise<{ code: number | null; told: unknown[]; stderr: string }>((resolve) => {
    child.once('close', (exitCode) => {
      ended = true;
      wake?.();
      resolve({ code: exitCode, told, stderr });
    });
  });
  const kill = async (): Promise<void> => {
    child.kill('SIGKILL');
    await end;
  };
  t.after(kill);
  const next = async (): Promise<unknown> => {
    while (told.length === 0) {
      if (ended) throw new Error(`it ended and told nothing: ${stderr}`);
      await new Promise<void>((resolve) => (wake = resolve));
    }
    return told.shift();
  };
  return { pid: child.pid ?? 0, next, kill, end };
}

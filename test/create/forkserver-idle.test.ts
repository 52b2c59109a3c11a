/** A server that stood still for long, and its spares. */
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { byServer } from '../harness/fork-server.ts';

/** V8 looks after eight seconds whether an idle program has something to collect. */
const idleMs = 9000;

test('what V8 puts off until a program is idle, a task does not begin with', async (t) => {
  const by = byServer(t, { execArgv: ['--trace-gc'], stdout: 'pipe' });
  const collections = async (): Promise<string[]> => {
    const asked = await by()((ms: number) => new Promise((resolve) => setTimeout(resolve, ms)), 30);
    let printed = '';
    asked.stdout?.on('data', (chunk: Buffer) => (printed += chunk.toString()));
    await asked.result;
    await asked.wait();
    return printed.match(/Mark-Compact/g) ?? [];
  };
  assert.deepEqual(await collections(), []);
  await new Promise((resolve) => setTimeout(resolve, idleMs));
  // From spares, which have stood still themselves, and from the server.
  for (let i = 0; i < 4; i++) assert.deepEqual(await collections(), [], `task ${i}`);
});

import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { test } from 'node:test';
import { Worker } from 'node:worker_threads';

import { stat, until } from '../harness/proc.ts';

const brood = import.meta.resolve('brood');

/** A worker that runs `code`, in which spawn and post are at hand; resolves with what it posts first. */
async function workerWith(code: string): Promise<{ worker: Worker; said: unknown }> {
  const whole = `
    const { parentPort } = require('node:worker_threads');
    const post = (value) => parentPort.postMessage(value);
    const quiet = { stdin: 'ignore', stdout: 'ignore', stderr: 'ignore' };
    import(${JSON.stringify(brood)}).then(async ({ spawn, run }) => { ${code} });
  `;
  const worker = new Worker(whole, { eval: true });
  const said = await new Promise((resolve, reject) => {
    worker.once('message', resolve);
    worker.once('error', reject);
  });
  return { worker, said };
}

test('a worker starts and waits for programs of its own', async () => {
  const { worker, said } = await workerWith(`
    const { stdout } = await run('sh', ['-c', 'echo in a worker']);
    const child = await spawn('sh', ['-c', 'exit 7'], quiet);
    post([stdout, (await child.wait()).code]);
  `);
  assert.deepEqual(said, ['in a worker\n', 7]);
  await worker.terminate();
});

test('a worker that is terminated takes its children along, and leaves no zombie', async () => {
  const before = readdirSync('/proc/self/fd').length;
  for (let round = 0; round < 5; round += 1) {
    const { worker, said } = await workerWith(`
      const children = [];
      for (let i = 0; i < 5; i += 1) children.push(await spawn('sleep', ['1000'], quiet));
      for (let i = 0; i < 20; i += 1) void spawn('sleep', ['1000'], quiet);
      post(children.map((child) => child.pid));
    `);
    await worker.terminate();
    for (const pid of said as number[]) await until(() => stat(pid) === undefined);
  }
  await until(() => readdirSync('/proc/self/fd').length <= before);
});

test('a child that a worker detached outlives it, and is reaped when it ends', async () => {
  const { worker, said } = await workerWith(`
    const child = await spawn('sleep', ['1000'], quiet);
    child.detach();
    post(child.pid);
  `);
  const pid = said as number;
  await worker.terminate();
  assert.equal(stat(pid)?.ppid, process.pid);
  process.kill(pid, 'SIGKILL');
  await until(() => stat(pid) === undefined);
});

test('a worker that is terminated while it starts programs with pipes gives their ends back', async () => {
  const before = readdirSync('/proc/self/fd').length;
  for (let round = 0; round < 5; round += 1) {
    const { worker } = await workerWith(`
      for (let i = 0; i < 30; i += 1) void spawn('sleep', ['1000']);
      post(1);
    `);
    await worker.terminate();
  }
  await until(() => readdirSync('/proc/self/fd').length <= before);
});

/** Threads that are no reason to refuse a fork: those that end by themselves, and brood's own. */
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { withFork } from '../harness/fork-code.ts';

test('a thread that loads certificates is waited for, however long it takes', async () => {
  const { told, stderr } = await withFork(`
    import { createSecureContext } from 'node:tls';
    const threads = readdirSync('/proc/self/task').length;
    const status = await inChild(() => tell(createSecureContext() !== undefined));
    tell([status.code, threads > 0]);
  `);
  assert.deepEqual(told, [true, [0, true]], stderr);
});

test('a thread that is at work is waited for within the bound, and one that sleeps is not', async () => {
  const { told, stderr } = await withFork(`
    import { Worker } from 'node:worker_threads';
    const start = async (code) => {
      const worker = new Worker(code, { eval: true, execArgv: [] });
      await new Promise((resolve) => worker.once('online', resolve));
      return worker;
    };
    const tryTo = (settle) => {
      const begun = performance.now();
      try {
        if (fork({ settle }).isCurrent) process.exit(0);
        return 'forked';
      } catch (error) {
        return [error.code, performance.now() - begun > settle - 10];
      }
    };
    // At work for longer than a thread may sleep, and then it ends.
    await start('const end = Date.now() + 700; while (Date.now() < end); process.exit()');
    tell(tryTo(30_000));
    const sleeper = await start('setInterval(() => {}, 100_000)');
    tell(tryTo(30_000));
    await sleeper.terminate();
    const busy = await start('for (;;);');
    tell(tryTo(600));
    await busy.terminate();
    tell(tryTo(30_000));
  `);
  assert.deepEqual(
    told,
    ['forked', ['ERR_FORK_THREADS', false], ['ERR_FORK_THREADS', true], 'forked'],
    stderr,
  );
});

test('the thread that reaps what workers left behind is none, and a child can have its own', async () => {
  const { told, stderr } = await withFork(
    `
    import { Worker } from 'node:worker_threads';
    const names = () => readdirSync('/proc/self/task').map((id) =>
      readFileSync('/proc/self/task/' + id + '/comm', 'latin1').trim());
    const reaps = () => names().includes('brood-reaper');
    // A worker that ends before what it spawned; gives the pid.
    const leaveBehind = async () => {
      const worker = new Worker(
        "const { parentPort } = require('node:worker_threads');" +
        "import('brood').then(async ({ spawn }) => {" +
        "  const child = await spawn('sleep', ['1000'], { stdin: 'ignore', stdout: 'ignore', stderr: 'ignore' });" +
        "  child.detach(); parentPort.postMessage(child.pid); });",
        { eval: true, execArgv: [] },
      );
      const pid = await new Promise((resolve) => worker.once('message', resolve));
      await worker.terminate();
      await until(reaps);
      return pid;
    };
    const gone = (pid) => !existsSync('/proc/' + pid);
    const pid = await leaveBehind();
    for (let round = 0; round < 3; round++) {
      const status = await inChild(async () => {
        tell([reaps(), gone(pid)]);
        if (round < 2) return;
        const own = await leaveBehind();
        process.kill(own, 'SIGKILL');
        await until(() => gone(own));
        await until(() => !reaps());
      });
      tell(status.code);
    }
    tell(reaps());
    process.kill(pid, 'SIGKILL');
    await until(() => gone(pid));
    await until(() => !reaps());
  `.replace('import {', "import { existsSync } from 'node:fs'; import {"),
  );
  const round = [[false, false], 0];
  assert.deepEqual(told, [...round, ...round, ...round, true], stderr);
});

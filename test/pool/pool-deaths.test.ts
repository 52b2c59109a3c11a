/** Every way to die or misbehave: the task concerned is rejected, at once, and the pool goes on. */
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { TimeoutError } from 'brood';
import { Pool, WorkerDiedError } from 'brood/pool';

import { inNode } from '../harness/in-node.ts';
import { eachPool, poolOf, type Work } from '../harness/pools.ts';
import { isGone, until } from '../harness/proc.ts';
import { rejection } from '../harness/task-methods.ts';

/** Something that another worker does meanwhile, and that must not be touched. */
async function beside(pool: Pool<Work>, run: () => Promise<void>): Promise<void> {
  const other = pool.run('later', 200, 'untouched');
  await run();
  assert.equal(await other, 'untouched');
  assert.equal(await pool.run('add', 1, 2), 3);
}

async function death(promise: Promise<unknown>): Promise<WorkerDiedError> {
  const error = await rejection(promise);
  assert.ok(error instanceof WorkerDiedError, String(error));
  return error;
}

eachPool('process.exit(), signals and abort() reject that task alone', async (make) => {
  const pool = make({ size: 2 });
  await pool.ready();
  await beside(pool, async () => {
    const error = await death(pool.run('exit', 3));
    assert.equal(error.status.code, 3);
    assert.equal(error.task, 'exit');
    assert.equal(error.code, 'ERR_WORKER_DIED');
    assert.match(error.message, /^task 'exit' .* exited with code 3$/);
    assert.ok(isGone(error.pid!));
  });
  await beside(pool, async () => {
    assert.equal((await death(pool.run('kill', 'SIGKILL'))).status.signal, 'SIGKILL');
  });
  await beside(pool, async () => {
    assert.equal((await death(pool.run('kill', 'SIGTERM'))).status.signal, 'SIGTERM');
  });
  await beside(pool, async () => {
    assert.equal((await death(pool.run('abort'))).status.signal, 'SIGABRT');
  });
  const { died, failed, retried } = pool.stats();
  assert.deepEqual({ died, failed, retried }, { died: 4, failed: 4, retried: 0 });
});

eachPool('the end of what it wrote on standard error is told', async (make) => {
  const pool = make({ size: 1 });
  const error = await death(pool.run('complain', 'the disk is made of cheese'));
  assert.match(error.stderr, /the disk is made of cheese/);
  assert.match(error.message, /the disk is made of cheese/);
});

eachPool('stack overflow, and results and errors that cannot be cloned', async (make) => {
  const pool = make({ size: 2 });
  const [first] = await pool.broadcast('pid');
  assert.ok((await rejection(pool.run('overflow'))) instanceof RangeError);
  for (let round = 0; round < 6; round++) {
    const error = await rejection(pool.run(round % 2 === 0 ? 'unclonable' : 'failUnclonable'));
    assert.equal((error as { code?: unknown }).code, 'ERR_TASK_UNCLONABLE', String(error));
    const refused = await rejection(pool.run('echo', () => {}));
    assert.ok(refused instanceof TypeError);
    assert.match(refused.message, /args\[0\]/);
  }
  assert.ok((await pool.broadcast('pid')).includes(first!));
  assert.equal(pool.stats().died, 0);
});

eachPool('a timeout stops an infinite loop, its worker and what that started', async (make) => {
  const pool = make({ size: 2, timeout: 60_000 });
  await pool.ready();
  await beside(pool, async () => {
    const begun = performance.now();
    const error = await rejection(pool.with({ timeout: 100 }).run('spin'));
    assert.ok(error instanceof TimeoutError, String(error));
    assert.match(error.message, /task 'spin' took longer than 100 ms/);
    assert.ok(performance.now() - begun < 5000);
    await until(() => isGone(error.pid!), 'the end of its worker');
  });
  const error = await rejection(pool.with({ timeout: 1500 }).run('startAndSpin'));
  assert.ok(error instanceof TimeoutError, String(error));
  assert.equal(await pool.run('add', 1, 1), 2);
});

eachPool('a signal stops what runs, and takes out what waits', async (make) => {
  const pool = make({ size: 1 });
  await pool.ready();
  const stop = new AbortController();
  const { signal } = stop;
  const runs = rejection(pool.run('spin', { signal }));
  const waits = rejection(pool.run('add', 1, 2, { signal }));
  const other = pool.run('add', 3, 4);
  stop.abort(new Error('enough'));
  for (const error of await Promise.all([runs, waits])) {
    assert.equal((error as Error).name, 'AbortError');
    assert.equal(((error as Error).cause as Error).message, 'enough');
  }
  assert.equal(await other, 7);
  const late = await rejection(pool.run('add', 1, 2, { signal }));
  assert.equal((late as Error).name, 'AbortError');
});

test('a hundred tasks with one signal: no warning, and each is aborted', async () => {
  const { stdout, stderr } = await inNode(`
    import { Pool } from 'brood/pool';
    const pool = new Pool({ hang: () => new Promise(() => setInterval(() => {}, 1000)) }, { size: 1 });
    const stop = new AbortController();
    const all = Array.from({ length: 100 }, () => pool.run('hang', { signal: stop.signal }));
    setTimeout(() => stop.abort(), 50);
    const settled = await Promise.allSettled(all);
    console.log(settled.filter((each) => each.reason?.name === 'AbortError').length);
    await pool.close();
  `);
  assert.equal(stdout, '100\n', stderr);
  assert.equal(stderr, '');
});

eachPool('what waits for something that can never come is told so', async (make) => {
  const pool = make({ size: 1 });
  await assert.rejects(pool.run('never'), { code: 'ERR_TASK_STALLED' });
  assert.equal(await pool.run('add', 1, 2), 3);
  assert.equal(pool.stats().died, 0);
});

eachPool('an error that a task left behind hurts no other task', async (make) => {
  const pool = make({ size: 1 });
  for (const name of ['throwLater', 'rejectLater'] as const) {
    for (const ms of [0, 1, 20]) {
      assert.equal(await pool.run(name, ms), 'done');
      assert.equal(await pool.run('later', 60, 'fine'), 'fine');
    }
    // Nothing runs when it comes.
    assert.equal(await pool.run(name, 20), 'done');
    const { workers } = pool.stats();
    const [{ pid } = { pid: 0 }] = workers;
    await until(() => pid === 0 || isGone(pid), 'the end of the worker');
    assert.equal(await pool.run('add', 1, 2), 3);
  }
  const { failed, died } = pool.stats();
  assert.deepEqual({ failed, died }, { failed: 0, died: 0 });
});

eachPool(
  'its own error that nobody catches rejects it, with that error as the cause',
  async (make) => {
    const pool = make({ size: 1 });
    const error = await death(pool.run('throwMeanwhile'));
    assert.ok(error.cause instanceof SyntaxError);
    assert.equal(error.cause.message, 'mine');
    assert.equal(await pool.run('add', 1, 2), 3);
  },
);

eachPool('retries: so often, and no more', async (make) => {
  const pool = make({ size: 1, retries: 2 });
  const error = await death(pool.run('exit', 1));
  assert.equal(error.attempts, 3);
  assert.match(error.message, /the last of 3 attempts/);
  const { retried, died, failed } = pool.stats();
  assert.deepEqual({ retried, died, failed }, { retried: 2, died: 3, failed: 1 });
  assert.equal((await death(pool.run('exit', 1, { retries: 0 }))).attempts, 1);
  // What it throws is an answer.
  assert.ok((await rejection(pool.run('fail', 'x'))) instanceof RangeError);
  assert.equal(pool.stats().retried, 2);
});

test('a retry that succeeds is a success', async (t) => {
  const parent = process.pid;
  const tries = new Int32Array(new SharedArrayBuffer(4));
  const pool = new Pool(
    {
      // The first worker of the pool is the one that was forked first.
      once: (first: number) => (process.pid === first ? process.exit(1) : process.ppid),
      pid: () => process.pid,
    },
    { size: 1, retries: 1 },
  );
  t.after(() => pool.terminate());
  assert.equal(await pool.run('once', await pool.run('pid')), parent);
  assert.equal(tries[0], 0);
});

test('a worker that is killed while idle is replaced, and costs no task', async (t) => {
  const pool = poolOf(t, 'fork', { size: 2 });
  await pool.ready();
  for (let round = 0; round < 10; round++) {
    for (const { pid } of pool.stats().workers) process.kill(pid, 'SIGKILL');
    assert.equal(await pool.run('add', round, 1), round + 1);
  }
  assert.equal(pool.stats().failed, 0);
  await until(() => pool.stats().workers.length === 2, 'two workers');
});

test('out of memory: that task alone', async () => {
  const { stdout, stderr } = await inNode(
    `import { Pool } from 'brood/pool';
     const pool = new Pool({
       eat: () => { const all = []; for (;;) all.push(new Array(1e5).fill(all.length + 0.5)); },
       add: (a, b) => a + b,
     }, { size: 2 });
     const error = await pool.run('eat').catch((e) => e);
     console.log(error.name, error.status.signal, /heap out of memory/.test(error.stderr));
     console.log(await pool.run('add', 1, 2), pool.stats().failed);
     await pool.close();`,
    { env: { NODE_OPTIONS: '--max-old-space-size=64' } },
  );
  assert.equal(stdout, 'WorkerDiedError SIGABRT true\n3 1\n', stderr);
});

test('death at each step of a large message, both ways', async (t) => {
  const pool = poolOf(t, 'fork', { size: 1, retries: 0 });
  await pool.ready();
  const large = new Uint8Array(20_000_000);
  for (let round = 0; round < 12; round++) {
    const task = (
      round % 2 === 0 ? pool.run('sizeOf', large) : pool.run('bytesOf', 20_000_000)
    ).then(
      () => 'done',
      (error: unknown) => (error as Error).name,
    );
    const worker = await until(
      () => pool.stats().workers.find(({ state }) => state === 'busy') ?? false,
      'a busy worker',
    );
    await new Promise((resolve) => setTimeout(resolve, round));
    process.kill(worker.pid, 'SIGKILL');
    assert.match(await task, /^(done|WorkerDiedError)$/);
    assert.equal(await pool.run('add', round, 1), round + 1);
  }
});

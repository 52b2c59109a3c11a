/** The queue of a pool: order, bound, what is told of it, and how it ends. */
import assert from 'node:assert/strict';
import { AsyncLocalStorage } from 'node:async_hooks';
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';

import { Pool, type TaskEvent, type WorkerEvent } from 'brood/pool';

import { eachPool, poolOf } from '../harness/pools.ts';
import { isGone, until } from '../harness/proc.ts';
import { rejection } from '../harness/task-methods.ts';
import { temporaryFolder } from '../harness/temp.ts';

/** A file that tasks wait for. */
async function gate(t: TestContext): Promise<{ file: string; open: () => void }> {
  const file = join(await temporaryFolder(t), 'open');
  return { file, open: () => writeFileSync(file, '') };
}

test('higher priorities are begun first, equals in the order of their calls', async (t) => {
  const pool = poolOf(t, 'fork', { size: 1 });
  const { file, open } = await gate(t);
  const first = pool.run('awaitFile', file);
  await until(() => pool.stats().running === 1, 'the first to run');
  const order: string[] = [];
  const note = (name: string, priority?: number): Promise<unknown> =>
    pool
      .with({ priority })
      .run('echo')
      .then(() => order.push(name));
  const all = [note('a'), note('b', -1), note('c', 5), note('d'), note('e', 5), note('f', 0.5)];
  open();
  await Promise.all([first, ...all]);
  assert.equal(order.join(''), 'cefadb');
});

test('a full queue refuses; drain() tells when there is room', async (t) => {
  const pool = poolOf(t, 'fork', { size: 1, queue: 2 });
  await pool.ready();
  const { file, open } = await gate(t);
  const first = pool.run('awaitFile', file);
  const waiting = [pool.run('add', 1, 1), pool.run('add', 1, 2)];
  assert.equal(pool.isFull, true);
  await assert.rejects(pool.run('add', 1, 3), { code: 'ERR_POOL_QUEUE_FULL' });
  let drained = false;
  const drain = pool.drain().then(() => (drained = true));
  await new Promise((resolve) => setImmediate(resolve));
  assert.equal(drained, false);
  open();
  await drain;
  assert.equal(await pool.run('add', 2, 2), 4);
  await first;
  assert.deepEqual(await Promise.all(waiting), [2, 3]);
  assert.equal(pool.isFull, false);
  await pool.drain();
});

test('drain() with no queue at all, and after aborts', async (t) => {
  const pool = poolOf(t, 'fork', { size: 1, queue: 0 });
  let done = 0;
  for (let n = 0; n < 20; n++) {
    await pool.drain();
    void pool.run('add', n, 1).then(() => done++);
  }
  await pool.drain();
  const stop = new AbortController();
  const spins = rejection(pool.run('spin', { signal: stop.signal }));
  assert.equal(pool.isFull, true);
  const drain = pool.drain();
  stop.abort();
  await drain;
  assert.equal(((await spins) as Error).name, 'AbortError');
  assert.equal(await pool.run('add', 1, 1), 2);
  assert.equal(done, 20);
});

test('options come last, where they look like options and no parameter is there', async (t) => {
  const pool = new Pool(
    {
      rest: (...args: unknown[]) => args,
      one: (options: unknown) => options,
    },
    { size: 1 },
  );
  t.after(() => pool.terminate());
  assert.deepEqual(await pool.run('rest', 1, { priority: 3 }), [1]);
  assert.deepEqual(await pool.run('rest', { priority: 3, other: 1 }), [{ priority: 3, other: 1 }]);
  assert.deepEqual(await pool.run('rest', { signal: 'SIGTERM' }), [{ signal: 'SIGTERM' }]);
  assert.deepEqual(await pool.run('rest', {}), [{}]);
  assert.deepEqual(await pool.run('one', { priority: 3 }), { priority: 3 });
  assert.equal(await pool.run('one', 4, { priority: 3 }), 4);
  assert.deepEqual(await pool.call.rest(1, { priority: 3 }), [1, { priority: 3 }]);
  const some = pool.with({ timeout: 5000 });
  assert.deepEqual(await some.run('rest', { priority: 3 }), [{ priority: 3 }]);
  assert.deepEqual(await some.call.rest({ retries: 3 }), [{ retries: 3 }]);
});

eachPool('transfer gives a buffer away; the arguments are those of the call', async (make) => {
  const pool = make({ size: 1 });
  const bytes = new Uint8Array(3_000_000);
  const size = pool.run('sizeOf', bytes, { transfer: [bytes.buffer] });
  assert.equal(bytes.byteLength, 0);
  assert.equal(await size, 3_000_000);
  const list = [1];
  const echoed = pool.run('echo', list);
  list.push(2);
  assert.deepEqual(await echoed, [[1]]);
});

test('what a caller has in AsyncLocalStorage is there after the call', async (t) => {
  const pool = poolOf(t, 'fork', { size: 1 });
  const storage = new AsyncLocalStorage<number>();
  const seen = await Promise.all(
    Array.from({ length: 10 }, (_, index) =>
      storage.run(index, async () => {
        await pool.run('add', index, 1);
        const error = await rejection(pool.run('fail', 'x'));
        assert.ok(error instanceof RangeError);
        return storage.getStore();
      }),
    ),
  );
  assert.deepEqual(seen, [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
});

test('events and stats tell of tasks and workers', async (t) => {
  const told: string[] = [];
  const names = [
    'task:queued',
    'task:begun',
    'task:done',
    'task:failed',
    'worker:started',
    'worker:ended',
  ];
  const pool = poolOf(t, 'fork', { size: 1 });
  for (const name of names) {
    const listener = (message: unknown): void => {
      const { task } = message as TaskEvent & WorkerEvent;
      if (task !== undefined || pool.stats().workers.length <= 1)
        told.push(`${name} ${task ?? 'w'}`);
    };
    subscribe(`brood:pool:${name}`, listener);
    t.after(() => unsubscribe(`brood:pool:${name}`, listener));
  }
  await pool.run('add', 1, 2);
  await rejection(pool.run('exit', 3));
  await pool.close();
  assert.deepEqual(told, [
    'task:queued add',
    'worker:started w',
    'task:begun add',
    'task:done add',
    'task:begun exit',
    'worker:ended w',
    'task:failed exit',
    ...told.slice(7),
  ]);
  assert.match(told.slice(7).join(), /^(worker:started w,)?worker:ended w$/);
  const { completed, failed, died, queued, running } = pool.stats();
  assert.deepEqual(
    { completed, failed, died, queued, running },
    { completed: 1, failed: 1, died: 1, queued: 0, running: 0 },
  );
});

eachPool('close() does what there is, and leaves no process', async (make) => {
  const pool = make({ size: 2 });
  const all = Array.from({ length: 10 }, (_, n) => pool.run('later', 5, n));
  const closing = pool.close();
  assert.equal(pool.close(), closing);
  await assert.rejects(pool.run('add', 1, 1), { code: 'ERR_POOL_CLOSED' });
  await assert.rejects(pool.ready(), { code: 'ERR_POOL_CLOSED' });
  await assert.rejects(pool.broadcast('pid'), { code: 'ERR_POOL_CLOSED' });
  assert.deepEqual(await Promise.all(all), [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
  await closing;
  assert.equal(pool.stats().workers.length, 0);
});

eachPool('terminate() rejects all and kills at once, also while it closes', async (make) => {
  const pool = make({ size: 2 });
  await pool.ready();
  const pids = pool.stats().workers.map(({ pid }) => pid);
  const all = Array.from({ length: 5 }, () => rejection(pool.run('spin')));
  const closing = pool.close();
  await pool.terminate();
  for (const error of await Promise.all(all)) {
    assert.equal((error as { code?: unknown }).code, 'ERR_POOL_TERMINATED');
  }
  await closing;
  for (const pid of pids) assert.ok(isGone(pid), `${pid} is there`);
  await pool.terminate();
});

eachPool('one that is closed before anything has begun leaves nothing', async (make) => {
  await make({ size: 2 }).close();
  await make({ size: 2 }).terminate();
  const pool = make({ size: 1 });
  const result = pool.run('add', 1, 1);
  await pool[Symbol.asyncDispose]();
  assert.equal(await result, 2);
});

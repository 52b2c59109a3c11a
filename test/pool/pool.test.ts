/** What a pool does, by each way of having workers. */
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { Pool } from 'brood/pool';

import { eachPool, poolOf } from '../harness/pools.ts';
import { until } from '../harness/proc.ts';
import { rejection } from '../harness/task-methods.ts';

eachPool('calls, with arguments and results of any size, in as many workers', async (make) => {
  const pool = make({ size: 2 });
  assert.equal(await pool.run('add', 1, 2), 3);
  assert.equal(await pool.call.add(2, 3), 5);
  assert.deepEqual(await pool.run('echo', new Map([[1, new Date(5)]]), undefined, null), [
    new Map([[1, new Date(5)]]),
    undefined,
    null,
  ]);
  assert.deepEqual(await pool.run('echo'), []);
  const large = new Uint8Array(5_000_000).fill(3);
  assert.equal(await pool.run('sizeOf', large), large.length);
  assert.deepEqual(await pool.run('bytesOf', large.length), new Uint8Array(large.length).fill(7));
  const pids = new Set(await Promise.all([1, 2].map(() => pool.run('later', 50, 0).then(pidOf))));
  function pidOf(): number {
    return pool.stats().workers.length;
  }
  assert.deepEqual([...pids], [2]);
});

eachPool('a burst is done by all workers, each task once', async (make) => {
  const pool = make({ size: 3 });
  await pool.ready();
  const results = await Promise.all(
    Array.from({ length: 500 }, (_, index) => pool.run('add', index, 1)),
  );
  assert.deepEqual(
    results,
    Array.from({ length: 500 }, (_, index) => index + 1),
  );
  const { completed, failed, queued, running, workers } = pool.stats();
  assert.deepEqual(
    { completed, failed, queued, running },
    { completed: 500, failed: 0, queued: 0, running: 0 },
  );
  assert.equal(workers.length, 3);
  assert.ok(workers.every(({ tasks, state }) => tasks > 0 && state === 'idle'));
});

eachPool('errors keep class, code, cause and properties', async (make) => {
  const pool = make({ size: 1 });
  const error = await rejection(pool.run('fail', 'too far'));
  assert.ok(error instanceof RangeError);
  assert.equal(error.message, 'too far');
  assert.ok(error.cause instanceof TypeError);
  const { code, extra } = error as unknown as { code: string; extra: unknown };
  assert.deepEqual({ code, extra }, { code: 'E_RANGE', extra: { is: 'kept' } });
  assert.match(error.stack ?? '', /pool-work/);
  assert.equal(await rejection(pool.run('failWith', 'a string')), 'a string');
  assert.equal(await rejection(pool.run('failWith', undefined)), undefined);
  assert.equal(pool.stats().died, 0);
});

eachPool('map() and imap(): order, bound, source, first failure', async (make) => {
  const pool = make({ size: 2 });
  let asked = 0;
  async function* waits(): AsyncGenerator<number> {
    for (const ms of [40, 1, 20, 2]) {
      asked++;
      yield ms;
    }
  }
  assert.deepEqual(await pool.map('echo', [3, 1, 2]), [[3], [1], [2]]);
  assert.deepEqual(await pool.map('echo', []), []);
  const seen: unknown[] = [];
  for await (const each of pool.imap('echo', waits(), { concurrency: 1 })) {
    seen.push(each);
    assert.ok(asked <= seen.length + 1);
  }
  assert.deepEqual(seen, [[40], [1], [20], [2]]);
  const error = await rejection(pool.map('fail', ['first', 'second']));
  assert.ok(error instanceof RangeError);
  assert.match(error.message, /first|second/);
  let returned = false;
  function* endless(): Generator<number> {
    try {
      for (let n = 0; ; n++) yield n;
    } finally {
      returned = true;
    }
  }
  for await (const [n] of pool.imap('echo', endless())) if (n === 5) break;
  assert.equal(returned, true);
});

eachPool('broadcast() reaches each worker once, at once after it was made too', async (make) => {
  const pool = make({ size: 3 });
  const pids = await pool.broadcast('pid');
  assert.equal(new Set(pids).size, 3);
  assert.deepEqual(new Set(pids), new Set(pool.stats().workers.map(({ pid }) => pid)));
});

eachPool(
  'an initializer has run before the first task; its error is told',
  async (make, _t, method) => {
    if (method === 'fork') return;
    const pool = make({ size: 2, initializer: ['prepare', 'tea'] });
    assert.deepEqual(await pool.broadcast('preparedWith'), ['tea', 'tea']);
    const failing = make({ size: 2, initializer: 'failToPrepare' });
    for (let round = 0; round < 2; round++) {
      const error = await rejection(failing.run('add', 1, 2));
      assert.ok(error instanceof Error && error.cause instanceof RangeError);
      assert.equal((error as { code?: unknown }).code, 'ERR_POOL_WORKER');
      assert.match(error.message, /not today/);
    }
    await assert.rejects(failing.ready(), { code: 'ERR_POOL_WORKER' });
  },
);

test('an initializer that is a function', async (t) => {
  let state = 'cold';
  const pool = new Pool(
    { state: () => state },
    { size: 2, initializer: async () => void (state = await Promise.resolve('warm')) },
  );
  t.after(() => pool.terminate());
  assert.deepEqual(await pool.broadcast('state'), ['warm', 'warm']);
  assert.equal(state, 'cold');
  const failing = new Pool(
    { state: () => state },
    {
      size: 1,
      initializer: () => {
        throw new RangeError('no');
      },
    },
  );
  t.after(() => failing.terminate());
  const error = await rejection(failing.run('state'));
  assert.ok((error as Error).cause instanceof RangeError);
});

eachPool('limits and priority are those of the workers', async (make) => {
  const pool = make({ size: 1, limits: { openFiles: 100 }, priority: 5 });
  assert.deepEqual(await pool.run('niceAndFiles'), { nice: 5, files: '100' });
});

test('closures have the memory of when the pool was made, in replacements too', async (t) => {
  const table = new Map([['now', 1]]);
  let count = 0;
  const pool = new Pool(
    {
      size: () => table.size,
      next: () => ++count,
      exit: () => process.exit(1),
    },
    { size: 1 },
  );
  t.after(() => pool.terminate());
  await pool.ready();
  table.set('later', 2);
  count = 100;
  assert.equal(await pool.run('size'), 1);
  assert.equal(await pool.run('next'), 1);
  assert.equal(await pool.run('next'), 2);
  await assert.rejects(pool.run('exit'), { name: 'WorkerDiedError' });
  assert.equal(await pool.run('size'), 1);
  assert.equal(await pool.run('next'), 1);
  assert.equal(count, 100);
});

test('a handler is called with the handlers as this', async (t) => {
  const handlers = {
    double(n: number): number {
      return n * 2;
    },
    quadruple(n: number): number {
      return handlers.double(this.double(n));
    },
  };
  const pool = new Pool(handlers, { size: 1 });
  t.after(() => pool.terminate());
  assert.equal(await pool.call.quadruple(2), 8);
});

eachPool('a worker is replaced after so many tasks, and when it holds too much', async (make) => {
  const pool = make({ size: 1, maxTasksPerWorker: 2 });
  const pids: number[] = [];
  for (let round = 0; round < 6; round++) pids.push(await pool.run('pid'));
  assert.equal(new Set(pids).size, 3);
  assert.equal(pool.stats().died, 0);
  const heavy = make({ size: 1, maxMemory: 250_000_000 });
  const first = await heavy.run('keep', 1);
  assert.equal(await heavy.run('keep', 1), first);
  await heavy.run('keep', 250_000_000);
  await until(async () => (await heavy.run('keep', 1)) !== first, 'another worker');
  assert.equal(heavy.stats().died, 0);
});

eachPool('elastic: none at first, as many as wanted, none when idle', async (make) => {
  const pool = make({ min: 0, max: 2, idleTimeout: 50 });
  assert.equal(pool.stats().workers.length, 0);
  const stop = new AbortController();
  const all = [1, 2, 3, 4].map(() => rejection(pool.run('hang', { signal: stop.signal })));
  await until(() => pool.stats().running === 2, 'two workers');
  stop.abort();
  await Promise.all(all);
  await until(() => pool.stats().workers.length === 0, 'the end of idle workers');
  assert.equal(await pool.run('add', 1, 1), 2);
});

test('by default there are as many workers as processors', async (t) => {
  const pool = poolOf(t, 'fork');
  await pool.ready();
  const { availableParallelism } = await import('node:os');
  const { length } = pool.stats().workers;
  assert.ok(length >= 1 && length <= availableParallelism());
});

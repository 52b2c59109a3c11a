/** What is wrong is told by name, before anything is started. */
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { ProcessError, task } from 'brood';
import { Pool, type PoolOptions } from 'brood/pool';

import { eachPool, poolOf, workUrl } from '../harness/pools.ts';
import { childrenOf } from '../harness/proc.ts';
import { rejection } from '../harness/task-methods.ts';

const noop = { noop: () => {} };

function refused(handlers: unknown, options: unknown, names: RegExp): void {
  const before = childrenOf(process.pid).length;
  assert.throws(
    () => new Pool(handlers as typeof noop, options as PoolOptions),
    (error: Error & { code?: string }) => {
      assert.match(error.code ?? '', /^ERR_(INVALID_ARG|OUT_OF_RANGE|INVALID_STATE)/, error.stack);
      assert.match(error.message, names);
      return true;
    },
  );
  assert.equal(childrenOf(process.pid).length, before);
}

test('handlers', () => {
  refused(undefined, {}, /handlers/);
  refused(5, {}, /handlers/);
  refused({}, {}, /handlers/);
  refused({ a: 1 }, {}, /handlers\.a/);
  refused({ a: Pool }, {}, /handlers\.a/);
  refused('./relative.js', {}, /relative/);
});

test('options', () => {
  const wrong: [string, unknown][] = [
    ['size', 0],
    ['size', 1.5],
    ['size', '2'],
    ['min', -1],
    ['max', 0],
    ['queue', -1],
    ['queue', 'long'],
    ['timeout', 0],
    ['timeout', '5'],
    ['retries', -1],
    ['maxTasksPerWorker', 0],
    ['maxMemory', 0],
    ['idleTimeout', -1],
    ['initializer', 'name'],
    ['spares', -1],
    ['settle', 'long'],
    ['method', 'spawn'],
    ['method', 'threads'],
    ['preload', []],
    ['execArgv', []],
    ['cwd', 5],
    ['limits', { none: 1 }],
    ['priority', 100],
    ['env', 5],
    ['nonsense', 1],
    ['idleTimout', 1],
  ];
  for (const [name, value] of wrong)
    refused(noop, { [name]: value }, new RegExp(`options\\.${name}`));
  refused(noop, 5, /options/);
  refused(noop, { size: 2, max: 3 }, /options\.size/);
  refused(noop, { min: 3, max: 2 }, /options\.max/);
  refused(noop, { idleTimout: 1 }, /idleTimeout/);
});

test('options of modules', () => {
  refused(workUrl, { method: 'fork' }, /options\.method/);
  refused(workUrl, { settle: 5 }, /options\.settle/);
  refused(workUrl, { initializer: () => {} }, /options\.initializer/);
  refused(workUrl, { initializer: ['x', () => {}] }, /options\.initializer/);
  refused(workUrl, { method: 'spawn', preload: [] }, /options\.preload/);
  refused(workUrl, { method: 'spawn', execArgv: 5 }, /options\.execArgv/);
  refused(workUrl, { preload: 5 }, /options\.preload/);
  refused(workUrl, { preload: ['./x'] }, /options\.preload/);
  refused(workUrl, { spares: 1000 }, /options\.spares/);
});

test('options of a task', async (t) => {
  const pool = poolOf(t, 'fork', { size: 1 });
  const wrong: [object, RegExp][] = [
    [{ priority: Number.NaN }, /options\.priority/],
    [{ priority: '1' }, /options\.priority/],
    [{ timeout: -1 }, /options\.timeout/],
    [{ retries: 0.5 }, /options\.retries/],
    [{ signal: 5 }, /options\.signal/],
    [{ transfer: [5] }, /options\.transfer/],
    [{ other: 5 }, /options\.other/],
  ];
  for (const [options, names] of wrong) assert.throws(() => pool.with(options), { message: names });
  await assert.rejects(pool.run('add', 1, 2, { timeout: -1 }), { message: /options\.timeout/ });
  assert.throws(() => pool.imap('echo', [], { concurrency: 0 }), {
    message: /options\.concurrency/,
  });
  await assert.rejects(pool.map('echo', [], { concurrency: 1.5 }), {
    message: /options\.concurrency/,
  });
  await assert.rejects(pool.map('echo', 5 as never), { message: /items/ });
});

eachPool('a module that cannot be imported', async (_make, t, method) => {
  if (method === 'fork') return;
  const urls = [
    'data:text/javascript,import "./none"; ',
    'data:text/javascript,throw new RangeError("mine")',
  ];
  for (const url of [...urls, new URL('none.js', workUrl)]) {
    const pool: Pool = new Pool(url, {
      size: 2,
      method,
      execArgv: [],
      spares: method === 'spawn' ? undefined : 0,
    });
    t.after(() => pool.terminate());
    for (let round = 0; round < 2; round++) {
      const error = await rejection(pool.run('anything'));
      assert.ok(error instanceof ProcessError, String(error));
      assert.ok(error.cause instanceof Error);
      assert.match(error.code, /^ERR_(POOL_WORKER|PRELOAD)/);
    }
    await pool.close();
    if (method === 'forkserver') {
      await (
        await task
          .with({ method, execArgv: [], preload: [url], spares: 0 })
          .prepare()
          .catch(() => undefined)
      )?.close();
    }
  }
});

eachPool('names that are none', async (make, _t, method) => {
  const pool = make({ size: 1 });
  const run = pool.run.bind(pool) as (name: unknown) => Promise<unknown>;
  const expected = method === 'fork' ? /"name".* add, / : /task 'nothing' is none/;
  await assert.rejects(run('nothing'), { message: expected });
  await assert.rejects(run(5), { code: 'ERR_INVALID_ARG_TYPE' });
  await assert.rejects(run('toString'), { message: /toString/ });
  assert.equal(await pool.run('add', 1, 2), 3);
});

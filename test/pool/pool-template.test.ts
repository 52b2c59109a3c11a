/** The process that workers of closures are forked from, and its death. */
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { ProcessError } from 'brood';

import { poolOf } from '../harness/pools.ts';
import { childrenOf, hasEnded, isGone, until } from '../harness/proc.ts';
import { rejection } from '../harness/task-methods.ts';

/** The template, a worker, a spare, and the one that takes the place of the template. */
async function atRest(): Promise<number[]> {
  return until(() => {
    const children = childrenOf(process.pid).filter((pid) => !hasEnded(pid));
    return children.length === 4 && children;
  }, 'a pool at rest');
}

test('a template that was killed is mended, again and again', async (t) => {
  const pool = poolOf(t, 'fork', { size: 1 });
  await pool.ready();
  for (let round = 0; round < 4; round++) {
    await atRest();
    const { template } = pool.stats();
    process.kill(template!, 'SIGKILL');
    assert.equal(((await rejection(pool.run('exit', 1))) as Error).name, 'WorkerDiedError');
    assert.equal(await pool.run('add', 1, 2), 3);
    await until(() => isGone(template!), 'its reaping');
    assert.notEqual(pool.stats().template, template);
  }
});

test('it and all spares at once: the worker goes on, and what needs another is told', async (t) => {
  const pool = poolOf(t, 'fork', { size: 1 });
  await pool.ready();
  const [worker] = pool.stats().workers;
  for (const pid of await atRest()) if (pid !== worker!.pid) process.kill(pid, 'SIGKILL');
  assert.equal(await pool.run('add', 1, 2), 3);
  assert.equal(((await rejection(pool.run('exit', 1))) as Error).name, 'WorkerDiedError');
  for (let round = 0; round < 3; round++) {
    const error = await rejection(pool.run('add', 1, 2));
    assert.ok(error instanceof ProcessError, String(error));
    assert.equal(error.code, 'ERR_FORK_SERVER');
    assert.match(error.message, /template of the pool/);
  }
  await until(() => childrenOf(process.pid).length === 0, 'the reaping of all');
});

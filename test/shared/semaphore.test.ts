import assert from 'node:assert/strict';
import { test } from 'node:test';

import { Semaphore, SharedMemory } from 'brood/shared';

import { closing } from '../harness/closing.ts';
import { share } from '../harness/sharing.ts';

const bound = { timeout: 20_000 };

test('as many as there are permits have one at the same time', async (t) => {
  const [memory] = closing(t, new SharedMemory(Semaphore.bytes + 8));
  Semaphore.at(memory, 0, 3);
  const code = `
    const semaphore = Semaphore.at(memory);
    const numbers = new Int32Array(memory.buffer, Semaphore.bytes, 2);
    for (let i = 0; i < 200; i++) {
      const permit = SYNC ? semaphore.acquireSync() : await semaphore.acquire();
      const now = Atomics.add(numbers, 0, 1) + 1;
      for (;;) {
        const most = Atomics.load(numbers, 1);
        if (now <= most || Atomics.compareExchange(numbers, 1, most, now) === most) break;
      }
      await sleep(0);
      Atomics.sub(numbers, 0, 1);
      permit.release();
    }`;
  const programs = Array.from({ length: 5 }, (_, i) =>
    share(t, memory, code.replace('SYNC', String(i % 2 === 0))),
  );
  for (const { end } of programs) {
    const { code: exitCode, stderr } = await end;
    assert.equal(exitCode, 0, stderr);
  }
  assert.deepEqual([...new Int32Array(memory.buffer, Semaphore.bytes, 2)], [0, 3]);
  assert.equal(Semaphore.at(memory).value, 3);
});

test('the permits of one that is killed come back, and the next one is told', async (t) => {
  const [memory] = closing(t, new SharedMemory(Semaphore.bytes));
  const semaphore = Semaphore.at(memory, 0, 2);
  for (const early of [true, false]) {
    const other = share(
      t,
      memory,
      `const semaphore = Semaphore.at(memory);
       semaphore.acquireSync(); semaphore.acquireSync();
       tell(semaphore.value);
       await sleep(60_000);`,
    );
    assert.equal(await other.next(), 0);
    assert.equal(semaphore.acquireSync({ timeout: 0 }), undefined);
    const waiting = early ? semaphore.acquire(bound) : undefined;
    await other.kill();
    const permit = await (waiting ?? semaphore.acquire(bound));
    assert.equal(permit?.ownerDied, other.pid);
    assert.equal(semaphore.value, 1);
    permit?.release();
    assert.equal(semaphore.value, 2);
  }
});

test('permits are given back once, by who has them', async (t) => {
  const [memory] = closing(t, new SharedMemory(Semaphore.bytes));
  const semaphore = Semaphore.at(memory, 0, 2);
  assert.throws(() => semaphore.release(), { name: 'ProcessError', code: 'EPERM' });
  const [one, two] = [await semaphore.acquire(), semaphore.acquireSync()];
  assert.throws(() => semaphore.release(3), { code: 'EPERM' });
  one.release();
  one.release();
  assert.equal(semaphore.value, 1);
  two.release();
  assert.equal(semaphore.value, 2);
});

test('a counting one counts what others add, and loses nothing with them', async (t) => {
  const [memory] = closing(t, new SharedMemory(Semaphore.bytes));
  const semaphore = Semaphore.at(memory, 0, 0, { counting: true });
  assert.equal(await semaphore.acquire({ timeout: 10 }), undefined);
  const waiting = semaphore.acquire(bound);
  const other = share(
    t,
    memory,
    `const semaphore = Semaphore.at(memory);
     semaphore.release(5);
     await semaphore.acquire();
     tell(1);
     await sleep(60_000);`,
  );
  await other.next();
  assert.ok(await waiting);
  await other.kill();
  assert.equal((await semaphore.acquire({ timeout: 500 })) !== undefined, true);
  assert.equal(semaphore.value, 2);
});

test('wrong arguments are refused', () => {
  const range = { code: 'ERR_OUT_OF_RANGE' };
  assert.throws(() => new Semaphore('1' as never), { code: 'ERR_INVALID_ARG_TYPE' });
  for (const value of [0, -1, 1.5, 2 ** 32]) assert.throws(() => new Semaphore(value), range);
  assert.throws(() => new Semaphore(1, { counting: 1 as never }), { code: 'ERR_INVALID_ARG_TYPE' });
  const semaphore = new Semaphore(1);
  for (const count of [0, -1, 0.5]) assert.throws(() => semaphore.release(count), range);
  const other = { code: 'ERR_INVALID_ARG_VALUE' };
  assert.throws(() => Semaphore.at(semaphore.memory, 0, 2), other);
  assert.throws(() => Semaphore.at(semaphore.memory, 0, 1, { counting: true }), other);
  semaphore.memory.close();
});

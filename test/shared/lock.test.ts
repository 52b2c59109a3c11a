import assert from 'node:assert/strict';
import { test } from 'node:test';

import { Lock, LockOwnerDiedError, SharedMemory } from 'brood/shared';

import { closing } from '../harness/closing.ts';
import { share } from '../harness/sharing.ts';

const bound = { timeout: 20_000 };

test('eight programs count to 80,000 under one lock, in both forms', async (t) => {
  const [memory] = closing(t, new SharedMemory(Lock.bytes + 8));
  Lock.at(memory);
  const code = `
    const lock = Lock.at(memory);
    const count = new Int32Array(memory.buffer, Lock.bytes, 1);
    for (let i = 0; i < 10_000; i++) {
      const held = SYNC ? lock.acquireSync() : await lock.acquire();
      count[0] = count[0] + 1;
      held.release();
    }`;
  const programs = Array.from({ length: 8 }, (_, i) =>
    share(t, memory, code.replace('SYNC', String(i % 2 === 0))),
  );
  for (const { end } of programs) {
    const { code: exitCode, stderr } = await end;
    assert.equal(exitCode, 0, stderr);
  }
  assert.equal(new Int32Array(memory.buffer, Lock.bytes, 1)[0], 80_000);
});

test('nobody has it with another, and each sees who has it', async (t) => {
  const [memory] = closing(t, new SharedMemory(Lock.bytes));
  const lock = Lock.at(memory);
  const other = share(
    t,
    memory,
    `const held = await Lock.at(memory).acquire();
     tell('held');
     process.once('SIGTERM', () => { held.release(); tell('released'); });
     setInterval(() => {}, 1000).ref();
     await new Promise((r) => process.once('SIGINT', r));
     process.exit(0);`,
  );
  assert.equal(await other.next(), 'held');
  assert.equal(lock.isLocked, true);
  assert.equal(lock.isHeld, false);
  assert.equal(lock.holder, other.pid);
  assert.equal(await lock.acquire({ timeout: 50 }), undefined);
  assert.equal(lock.acquireSync({ timeout: 0 }), undefined);
  assert.equal(lock.acquireSync({ timeout: 60 }), undefined);
  assert.throws(() => lock.release(), { name: 'ProcessError', code: 'EPERM' });
  const waiting = lock.acquire();
  process.kill(other.pid, 'SIGTERM');
  const held = await waiting;
  assert.equal(held.ownerDied, undefined);
  assert.equal(lock.holder, process.pid);
  held.release();
  held.release();
  assert.equal(lock.isLocked, false);
  process.kill(other.pid, 'SIGINT');
  assert.equal((await other.end).code, 0);
});

for (const recover of [false, true]) {
  test(`a holder that is killed is told to the next, recover: ${recover}`, async (t) => {
    const [memory] = closing(t, new SharedMemory(Lock.bytes));
    const lock = Lock.at(memory);
    for (const form of ['sleeping', 'asleep before', 'blocking', 'looking']) {
      const other = share(
        t,
        memory,
        `Lock.at(memory).acquireSync(); tell(1); await sleep(60_000);`,
      );
      await other.next();
      // Waiting before it dies, or coming afterwards.
      const early = form === 'asleep before' ? lock.acquire({ ...bound, recover }) : undefined;
      early?.catch(() => undefined);
      await other.kill();
      const take = async (): Promise<unknown> => {
        if (early !== undefined) return early;
        if (form === 'sleeping') return lock.acquire({ ...bound, recover });
        return lock.acquireSync({ timeout: form === 'looking' ? 0 : 20_000, recover });
      };
      if (recover) {
        const held = (await take()) as { ownerDied: number; release(): void };
        assert.equal(held.ownerDied, other.pid, form);
        held.release();
      } else {
        await assert.rejects(take(), (error) => {
          assert.ok(error instanceof LockOwnerDiedError, String(error));
          assert.deepEqual([error.pid, error.code], [other.pid, 'EOWNERDEAD']);
          return true;
        });
      }
      // It was told once, and the lock is as good as new.
      const held = await lock.acquire(bound);
      assert.equal(held?.ownerDied, undefined);
      held?.release();
    }
  });
}

test('programs that are killed at random stop nobody', async (t) => {
  const [memory] = closing(t, new SharedMemory(Lock.bytes + 8));
  const lock = Lock.at(memory);
  const code = `
    const lock = Lock.at(memory);
    const count = new Int32Array(memory.buffer, Lock.bytes, 1);
    tell(1);
    for (;;) {
      const held = SYNC ? lock.acquireSync({ recover: true }) : await lock.acquire({ recover: true });
      count[0] = count[0] + 1;
      held.release();
    }`;
  const count = new Int32Array(memory.buffer, Lock.bytes, 1);
  for (let round = 0; round < 6; round++) {
    const programs = [true, false, true].map((sync) =>
      share(t, memory, code.replace('SYNC', String(sync))),
    );
    for (const program of programs) await program.next();
    const before = Atomics.load(count, 0);
    while (Atomics.load(count, 0) - before < 300 * (round + 1)) {
      const held = await lock.acquire({ ...bound, recover: true });
      assert.ok(held, 'we get our turn');
      held.release();
    }
    for (const program of programs) await program.kill();
    const held = await lock.acquire({ ...bound, recover: true });
    assert.ok(held, 'nobody waits for the dead');
    held.release();
  }
});

test('waits end by their bounds, and who waits longest comes first', async (t) => {
  const [memory] = closing(t, new SharedMemory(Lock.bytes));
  const lock = Lock.at(memory);
  // Handles of their own stand for other programs.
  const others = Array.from({ length: 5 }, () => Lock.at(memory));
  const held = await lock.acquire();
  const aborted = new AbortController();
  const ends = [
    lock.acquire({ signal: aborted.signal }),
    lock.acquire({ timeout: 20 }),
    (others[0] as Lock).acquire({ deadline: Date.now() + 20 }),
    lock.acquire({ signal: AbortSignal.abort() }),
  ];
  setTimeout(() => aborted.abort(), 10);
  assert.deepEqual(await Promise.all(ends), [undefined, undefined, undefined, undefined]);
  const order: number[] = [];
  const waits = others.map(async (each, i) => {
    const mine = await each.acquire();
    order.push(i);
    await new Promise((resolve) => setTimeout(resolve, 3));
    mine.release();
  });
  await new Promise((resolve) => setTimeout(resolve, 20));
  held.release();
  await Promise.all(waits);
  assert.deepEqual(order, [0, 1, 2, 3, 4]);
});

test('a thread does not wait for itself, and more than there are places get their turn', async (t) => {
  const [memory] = closing(t, new SharedMemory(Lock.bytes));
  const lock = Lock.at(memory);
  const held = await lock.acquire();
  assert.throws(() => lock.acquireSync(), { name: 'ProcessError', code: 'EDEADLK' });
  assert.throws(() => lock.acquireSync(bound), { code: 'EDEADLK' });
  assert.equal(lock.acquireSync({ timeout: 0 }), undefined);
  let count = 0;
  const waits = Array.from({ length: 300 }, async () => {
    const mine = await Lock.at(memory).acquire();
    count += 1;
    mine.release();
  });
  held.release();
  await Promise.all(waits);
  assert.equal(count, 300);
});

test('a wait keeps the program alive; a lock that it holds at its end is told', async (t) => {
  const [memory] = closing(t, new SharedMemory(Lock.bytes));
  const lock = Lock.at(memory);
  const held = await lock.acquire();
  const other = share(t, memory, `tell(0); await Lock.at(memory).acquire(); tell('mine');`);
  await other.next();
  held.release();
  assert.equal(await other.next(), 'mine');
  assert.equal((await other.end).code, 0);
  await assert.rejects(lock.acquire(bound), { name: 'LockOwnerDiedError', pid: other.pid });
});

test('a worker is a holder of its own, and its end is told', async (t) => {
  const [memory] = closing(t, new SharedMemory(Lock.bytes));
  const other = share(
    t,
    memory,
    `import { Worker } from 'node:worker_threads';
     const lock = Lock.at(memory);
     const code = \`
       Promise.all([import('brood'), import('brood/shared')]).then(([{ open }, { Lock, SharedMemory }]) => {
         const memory = SharedMemory.from(open('/proc/self/fd/\${memory.descriptor.fd}', 'r+'));
         globalThis.held = Lock.at(memory).acquireSync();
         return import('node:worker_threads');
       }).then(({ parentPort }) => {
         parentPort.postMessage('held');
         setInterval(() => {}, 1000);
       });\`;
     const worker = new Worker(code, { eval: true });
     await new Promise((resolve) => worker.once('message', resolve));
     tell([lock.isHeld, lock.isLocked, lock.holder !== process.pid]);
     const waiting = lock.acquire().catch((error) => error.name);
     await worker.terminate();
     tell(await waiting);`,
  );
  const { code, told, stderr } = await other.end;
  assert.equal(stderr, '');
  assert.deepEqual(told, [[false, true, true], 'LockOwnerDiedError']);
  assert.equal(code, 0);
});

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { Barrier, BrokenBarrierError, Condition, Event, SharedMemory } from 'brood/shared';

import { closing } from '../harness/closing.ts';
import { until } from '../harness/proc.ts';
import { share } from '../harness/sharing.ts';

const bound = { timeout: 20_000 };

test('an event lets all go on that wait, in both forms, also if it is cleared at once', async (t) => {
  const [memory] = closing(t, new SharedMemory(Event.bytes * 2));
  const event = Event.at(memory);
  const ready = new Int32Array(memory.buffer, Event.bytes, 1);
  const code = `
    const event = Event.at(memory);
    const ready = new Int32Array(memory.buffer, Event.bytes, 1);
    const waiting = SYNC ? undefined : event.wait();
    Atomics.add(ready, 0, 1);
    tell(SYNC ? event.waitSync({ timeout: 20_000 }) : await waiting);`;
  const programs = [true, false, true].map((sync) =>
    share(t, memory, code.replaceAll('SYNC', String(sync))),
  );
  const ours = event.wait(bound);
  await until(() => Atomics.load(ready, 0) === 3, 'all to wait');
  // The blocking ones begin to wait just after they said so.
  for (;;) {
    event.set();
    event.clear();
    const all = Promise.all(programs.map(({ end }) => end));
    const over = await Promise.race([all, new Promise((resolve) => setTimeout(resolve, 50))]);
    if (over !== undefined) break;
  }
  assert.equal(await ours, true);
  for (const { end } of programs) assert.deepEqual((await end).told, [true]);
  assert.equal(event.isSet, false);
  assert.equal(await event.wait({ timeout: 10 }), false);
  assert.equal(event.waitSync({ timeout: 10 }), false);
  event.set();
  event.set();
  assert.deepEqual([event.isSet, await event.wait(), event.waitSync()], [true, true, true]);
});

test('a condition wakes as many as are notified, and a death loses no notification', async (t) => {
  const [memory] = closing(t, new SharedMemory(Condition.bytes + 8));
  const condition = Condition.at(memory);
  const numbers = new Int32Array(memory.buffer, Condition.bytes, 2);
  const code = `
    const condition = Condition.at(memory);
    const numbers = new Int32Array(memory.buffer, Condition.bytes, 2);
    const held = SYNC ? condition.lock.acquireSync() : await condition.lock.acquire();
    numbers[0] += 1;
    tell('waits');
    tell(SYNC ? condition.waitSync() : await condition.wait());
    numbers[1] += 1;
    held.release();`;
  const programs = [];
  for (const sync of [true, false, true, false]) {
    const program = share(t, memory, code.replaceAll('SYNC', String(sync)));
    await program.next();
    programs.push(program);
  }
  const locked = async (act: () => number): Promise<number> => {
    using held = await condition.lock.acquire({ recover: true });
    assert.ok(held);
    return act();
  };
  assert.throws(() => condition.notify(), { code: 'EPERM' });
  await assert.rejects(condition.wait(), { code: 'EPERM' });
  // The first one that would be notified dies before it can notice; its notification goes on.
  process.kill(programs[0]?.pid as number, 'SIGSTOP');
  assert.equal(await locked(() => condition.notify()), 1);
  await programs[0]?.kill();
  assert.equal(await programs[1]?.next(), true);
  await programs[1]?.end;
  assert.equal(await locked(() => Number(numbers[1])), 1);
  assert.equal(await locked(() => condition.notifyAll()), 2);
  for (const program of programs.slice(2)) assert.deepEqual((await program.end).told, [true]);
  assert.deepEqual([...numbers], [4, 3]);
  using held = await condition.lock.acquire();
  assert.equal(held.ownerDied, undefined);
  assert.equal(await condition.wait({ timeout: 10 }), false);
  assert.equal(condition.waitSync({ timeout: 10 }), false);
  assert.equal(await condition.waitFor(() => false, { timeout: 10 }), false);
  assert.equal(
    condition.waitForSync(() => true),
    true,
  );
  assert.equal(condition.lock.isHeld, true);
});

test('a barrier lets all parties through together, round after round', async (t) => {
  const bytes = Barrier.bytesFor(4);
  const [memory] = closing(t, new SharedMemory(bytes + 8));
  const count = new Int32Array(memory.buffer, bytes, 1);
  const code = `
    const barrier = Barrier.at(memory, 0, 4);
    const count = new Int32Array(memory.buffer, ${bytes}, 1);
    for (let round = 1; round <= 100; round++) {
      Atomics.add(count, 0, 1);
      SYNC ? barrier.waitSync() : await barrier.wait();
      const now = Atomics.load(count, 0);
      if (now < round * 4) throw new Error(now + ' in round ' + round);
      SYNC ? barrier.waitSync() : await barrier.wait();
    }`;
  const programs = [true, false, true].map((sync) =>
    share(t, memory, code.replaceAll('SYNC', String(sync))),
  );
  let actions = 0;
  const barrier = Barrier.at(memory, 0, 4, { action: () => actions++ });
  for (let round = 1; round <= 100; round++) {
    Atomics.add(count, 0, 1);
    await barrier.wait(bound);
    assert.ok(Atomics.load(count, 0) >= round * 4);
    await barrier.wait(bound);
  }
  for (const { end } of programs) {
    const { code: exitCode, stderr } = await end;
    assert.equal(exitCode, 0, stderr);
  }
  assert.equal(Atomics.load(count, 0), 400);
  assert.ok(actions <= 200);
});

test('a barrier breaks for all if one dies in it, gives up, or aborts it', async (t) => {
  const [memory] = closing(t, new SharedMemory(Barrier.bytesFor(3)));
  const barrier = Barrier.at(memory, 0, 3);
  const isBroken = { name: 'BrokenBarrierError', code: 'ERR_BROKEN_BARRIER' };
  for (const sync of [true, false]) {
    const wait = sync ? 'barrier.waitSync()' : 'await barrier.wait()';
    const other = share(t, memory, `const barrier = Barrier.at(memory, 0, 3); ${wait};`);
    await until(() => barrier.waiting === 1, 'the other one to wait');
    const waiting = barrier.wait(bound);
    const told = assert.rejects(waiting, (error) => {
      assert.ok(error instanceof BrokenBarrierError);
      assert.equal(error.pid, other.pid);
      return true;
    });
    await other.kill();
    await told;
    assert.equal(barrier.isBroken, true);
    assert.throws(() => barrier.waitSync(), isBroken);
    barrier.reset();
    assert.deepEqual([barrier.isBroken, barrier.waiting], [false, 0]);
  }
  const other = share(
    t,
    memory,
    `const barrier = Barrier.at(memory, 0, 3);
     try { await barrier.wait(); } catch (error) { tell(error.name); }
     barrier.reset();
     tell(await barrier.wait());`,
  );
  await until(() => barrier.waiting === 1, 'the other one to wait');
  await assert.rejects(barrier.wait({ timeout: 10 }), isBroken);
  assert.equal(await other.next(), 'BrokenBarrierError');
  await until(() => barrier.waiting === 1, 'the other one to wait again');
  assert.deepEqual(await Promise.all([barrier.wait(bound), barrier.wait(bound)]), [1, 2]);
  assert.deepEqual((await other.end).told, [0]);
  const waits = [barrier.wait(bound), barrier.wait(bound)];
  barrier.abort();
  for (const wait of waits) await assert.rejects(wait, isBroken);
});

test('an action that throws breaks the barrier, and is thrown', async (t) => {
  const [memory] = closing(t, new SharedMemory(Barrier.bytesFor(2)));
  const action = (): void => {
    throw new Error('not today');
  };
  const barrier = Barrier.at(memory, 0, 2, { action });
  const first = barrier.wait(bound);
  await assert.rejects(barrier.wait(bound), { message: 'not today' });
  await assert.rejects(first, { name: 'BrokenBarrierError' });
  for (const parties of [0, -1, 1.5, 1001]) {
    assert.throws(() => new Barrier(parties), { code: 'ERR_OUT_OF_RANGE' });
  }
  assert.throws(() => new Barrier(2, { action: 1 as never }), { code: 'ERR_INVALID_ARG_TYPE' });
  assert.throws(() => Barrier.at(memory, 0, 1), { code: 'ERR_INVALID_ARG_VALUE' });
});

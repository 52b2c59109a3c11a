import assert from 'node:assert/strict';
import { test } from 'node:test';

import { tellingNode } from '../harness/telling-node.ts';

const code = `
  import { readdirSync, readFileSync } from 'node:fs';
  import { Event, Lock, Queue, Semaphore } from 'brood/shared';
  const bound = { timeout: 20_000 };
  const threads = () => readdirSync('/proc/self/task')
    .filter((id) => readFileSync('/proc/self/task/' + id + '/comm', 'latin1') === 'brood-watch\\n');
  const lock = new Lock();
  const event = new Event();
  const queue = new Queue();
  const held = await lock.acquire();
  const waits = Array.from({ length: COUNT }, () => Lock.at(lock.memory).acquire(bound));
  const others = [event.wait(bound), queue.get(bound)];
  // Waits that end early, again and again, leave no thread that sleeps on the wrong word.
  for (let i = 0; i < 5; i++) await Event.at(event.memory).wait({ timeout: 1 });
  await lock.acquire({ timeout: 5 });
  tell(threads().length);
  held.release();
  event.set();
  await queue.put('an item');
  let count = 0;
  for (const wait of waits) {
    const mine = await wait;
    if (mine !== undefined) count += 1;
    mine?.release();
  }
  tell(count);
  const [set, item] = await Promise.all(others);
  tell([set, item]);
  const semaphore = new Semaphore(1);
  for (let i = 0; i < 3; i++) {
    const permit = await semaphore.acquire();
    const next = Semaphore.at(semaphore.memory).acquire(bound);
    setImmediate(() => permit.release());
    (await next).release();
  }
  tell(threads().length);
`;

test('one thread of ours waits for many', async () => {
  const { told, stderr } = await tellingNode(code.replace('COUNT', '100'));
  assert.equal(stderr, '');
  assert.deepEqual(told, [1, 100, [true, 'an item'], 1]);
});

test('more than one thread can wait for get more of them', async () => {
  const { told, stderr } = await tellingNode(`${code.replace('COUNT', '118')}
    const events = Array.from({ length: 200 }, () => Event.at(event.memory));
    event.clear();
    const all = events.map((each) => each.wait(bound));
    tell(threads().length);
    event.set();
    tell((await Promise.all(all)).every(Boolean));`);
  assert.equal(stderr, '');
  assert.deepEqual(told, [1, 118, [true, 'an item'], 1, 2, true]);
});

test('without futex_waitv each wait has a thread, and all is as before', async () => {
  const { told, stderr } = await tellingNode(code.replace('COUNT', '10'), {
    env: { BROOD_FUTEX_WAITV: 'off' },
  });
  assert.equal(stderr, '');
  const [many, ...rest] = told;
  assert.ok(Number(many) >= 12 && Number(many) <= 20, String(many));
  assert.deepEqual(rest, [10, [true, 'an item'], many]);
});

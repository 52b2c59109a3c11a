import assert from 'node:assert/strict';
import { test } from 'node:test';

import { ProcessError, TaskError } from 'brood';
import { forEach, map, WorkerDiedError } from 'brood/pool';
import { SharedMemory } from 'brood/shared';

import { closing } from '../harness/closing.ts';
import { inNode } from '../harness/in-node.ts';
import { indexOf, taken } from '../harness/taken.ts';
import { rejection } from '../harness/task-methods.ts';

for (const [how, die, status] of [
  ['process.exit()', (): void => process.exit(3), 'exited with code 3'],
  ['process.exit(0)', (): void => process.exit(0), 'exited with code 0'],
  ['SIGKILL', (): void => void process.kill(process.pid, 'SIGKILL'), 'killed by SIGKILL'],
  ['abort()', (): void => process.abort(), 'killed by SIGABRT'],
] as const) {
  test(`a process that ends by ${how} is told with the item that it was at`, async () => {
    const results = map(
      [0, 1, 2, 3, 4, 5],
      function fatal(n) {
        if (n !== 4) return n;
        die();
        for (;;);
      },
      { processes: 1, chunk: 3 },
    );
    const { before, error } = await taken(results);
    // Without retries nothing runs twice, so what its process knew of its batch is lost.
    assert.deepEqual(before, [0, 1, 2]);
    assert.ok(error instanceof WorkerDiedError && error instanceof TaskError);
    assert.equal(indexOf(error), 4);
    assert.ok(error.status.toString().startsWith(status), error.status.toString());
    assert.match(error.message, /^task 'fatal\(items\[4\]\)' had no answer/);
    assert.equal(error.task, 'fatal(items[4])');
  });
}

test('out of memory, an uncaught error and a promise that nobody settles', async () => {
  const { stdout, stderr, code } = await inNode(
    `import { map } from 'brood/pool';
     const fates = {
       memory: () => { const all = []; for (;;) all.push(new Array(1000).fill({})); },
       uncaught: () => { setImmediate(() => { throw new RangeError('stray'); }); return new Promise((r) => setTimeout(r, 1e6)); },
       stalled: () => new Promise(() => {}),
     };
     for (const [name, fate] of Object.entries(fates)) {
       const error = await map([1, 2], (n) => n === 2 ? fate() : n, { processes: 1 }).toArray().catch((e) => e);
       console.log(name, error.name, error.index, error.status.toString(), error.cause?.name, /heap|memory/.test(error.stderr));
     }`,
    { env: { NODE_OPTIONS: '--max-old-space-size=50' } },
  );
  assert.equal(code, 0, stderr);
  const [memory, uncaught, stalled] = stdout.trim().split('\n');
  assert.match(memory ?? '', /^memory WorkerDiedError 1 killed by SIG(ABRT|TRAP).* true$/);
  assert.match(uncaught ?? '', /^uncaught WorkerDiedError 1 exited with code 1 RangeError/);
  assert.match(stalled ?? '', /^stalled WorkerDiedError 1 exited with code 13/);
});

test('a stack overflow is an error as any other', async () => {
  const error = await rejection(
    map([1], function endless(): number {
      return endless() + 1;
    }).toArray(),
  );
  assert.ok(error instanceof RangeError);
});

test('a stray error after the last result changes nothing', async () => {
  const results = await map(
    [1, 2, 3],
    (n) => {
      setTimeout(() => process.exit(9), n === 3 ? 0 : 10_000);
      return n;
    },
    { processes: 1, chunk: 3 },
  ).toArray();
  assert.deepEqual(results, [1, 2, 3]);
});

test('with retries an item whose process died is tried again, and all is there once', async (t) => {
  const [memory] = closing(t, new SharedMemory(4096));
  const all = new Int32Array(memory.buffer);
  const items = Array.from({ length: 300 }, (_, index) => index);
  const results = await map(
    items,
    (n) => {
      if (n % 50 === 7 && Atomics.add(all, n, 1) < 2) process.kill(process.pid, 'SIGKILL');
      return n;
    },
    { processes: 3, retries: 2 },
  ).toArray();
  assert.deepEqual(results, items);
});

test('an item that kills every process is told with how often it was tried', async () => {
  const results = map(
    [0, 1, 2, 3],
    (n) => {
      if (n === 2) process.kill(process.pid, 'SIGKILL');
      return n;
    },
    { processes: 2, retries: 2, chunk: 4 },
  );
  const { before, error } = await taken(results);
  assert.deepEqual(before, [0, 1]);
  assert.ok(error instanceof WorkerDiedError);
  assert.match(error.message, /the last of 3 attempts/);
  assert.equal(indexOf(error), 2);
});

test('without retries no item runs twice, whatever dies', async (t) => {
  const [memory] = closing(t, new SharedMemory(4096));
  const all = new Int32Array(memory.buffer);
  const results = map(
    Array.from({ length: 200 }, (_, index) => index),
    (n) => {
      if (Atomics.add(all, n, 1) > 0) Atomics.store(all, 1000, 1);
      if (n === 120) process.exit();
      return n;
    },
    { processes: 2, chunk: 20 },
  );
  const { before } = await taken(results);
  assert.equal(all[1000], 0);
  assert.deepEqual(
    before,
    Array.from({ length: 120 }, (_, index) => index),
  );
});

test('an item that takes too long is stopped, also in a loop without end', async () => {
  const loop = await taken(
    map(
      [0, 1, 2],
      (n) => {
        if (n === 1) for (;;);
        return n;
      },
      { timeout: 300, processes: 1, chunk: 1 },
    ),
  );
  assert.deepEqual(loop.before, [0]);
  assert.ok(loop.error instanceof ProcessError);
  assert.deepEqual([loop.error.name, indexOf(loop.error)], ['TimeoutError', 1]);
  assert.match(loop.error.message, /^items\[1\] took longer than 300 ms/);
});

test('many items that are each in time may take longer together', async () => {
  const pause = (): number => {
    const end = performance.now() + 60;
    while (performance.now() < end);
    return 1;
  };
  const results = await map(Array.from({ length: 20 }), pause, {
    timeout: 1000,
    processes: 1,
    chunk: 20,
  }).toArray();
  assert.equal(results.length, 20);
});

test('a second attempt may be in time', async (t) => {
  const [memory] = closing(t, new SharedMemory(64));
  const all = new Int32Array(memory.buffer);
  await forEach(
    [0, 1],
    (n) => {
      if (n === 1 && Atomics.add(all, 0, 1) === 0) for (;;);
    },
    { timeout: 300, retries: 1 },
  );
  assert.equal(all[0], 2);
});

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { Queue, SharedMemory, Value } from 'brood/shared';

import { closing } from '../harness/closing.ts';
import { share } from '../harness/sharing.ts';

const bound = { timeout: 20_000 };

test('each item goes to one reader, none is lost, in the order of each writer', async (t) => {
  const options = { bytes: 4096 };
  const [memory] = closing(t, new SharedMemory(Queue.bytesFor(options)));
  const queue = Queue.at<[writer: number, item: number]>(memory, 0, options);
  const writer = `
    const queue = Queue.at(memory);
    for (let i = 0; i < 1000; i++) SYNC ? queue.putSync([ID, i]) : await queue.put([ID, i]);`;
  const reader = `
    const queue = Queue.at(memory);
    for (;;) {
      const item = SYNC ? queue.getSync() : await queue.get();
      if (item === null) break;
      tell(item);
    }`;
  const fill = (code: string, id: number): string =>
    code.replaceAll('ID', String(id)).replaceAll('SYNC', String(id % 2 === 0));
  const writers = [0, 1, 2].map((id) => share(t, memory, fill(writer, id)));
  const readers = [0, 1].map((id) => share(t, memory, fill(reader, id)));
  for (const { end } of writers) assert.equal((await end).code, 0);
  for (const _ of readers) await queue.put(null as never);
  const seen: [number, number][][] = [];
  for (const { end } of readers) seen.push((await end).told as [number, number][]);
  for (const told of seen) {
    for (const id of [0, 1, 2]) {
      const items = told.filter(([writerId]) => writerId === id).map(([, item]) => item);
      assert.deepEqual(
        items,
        items.toSorted((a, b) => a - b),
      );
    }
  }
  const all = seen.flat().map(([id, item]) => id * 1000 + item);
  assert.deepEqual(
    all.toSorted((a, b) => a - b),
    Array.from({ length: 3000 }, (_, i) => i),
  );
  assert.equal(queue.size, 0);
});

test('it is bounded in bytes and items: Full and Empty', async (t) => {
  const options = { bytes: 256, maxItems: 3 };
  const [memory] = closing(t, new SharedMemory(Queue.bytesFor(options)));
  const queue = Queue.at(memory, 0, options);
  await assert.rejects(queue.get({ timeout: 10 }), { name: 'QueueEmptyError' });
  assert.throws(() => queue.getSync({ timeout: 0 }), { code: 'ERR_QUEUE_EMPTY' });
  const reason = new Error('no more');
  await assert.rejects(queue.get({ signal: AbortSignal.abort(reason) }), { cause: reason });
  for (const item of [1, 2, 3]) await queue.put(item);
  await assert.rejects(queue.put(4, { timeout: 10 }), { name: 'QueueFullError' });
  assert.throws(() => queue.putSync(4, { timeout: 0 }), { code: 'ERR_QUEUE_FULL' });
  const later = queue.put(4);
  assert.deepEqual([await queue.get(), queue.getSync()], [1, 2]);
  await later;
  assert.deepEqual([queue.getSync(), queue.getSync(), queue.size], [3, 4, 0]);
  const long = 'x'.repeat(150);
  await queue.put(long);
  await assert.rejects(queue.put(long, { timeout: 10 }), { name: 'QueueFullError' });
  assert.equal(await queue.get(), long);
  await assert.rejects(queue.put('x'.repeat(300)), { name: 'RangeError' });
  await assert.rejects(
    queue.put(() => 1),
    { name: 'DataCloneError' },
  );
  // All that structured clone knows, over and over the end of the ring.
  for (let i = 0; i < 50; i++) {
    const value = { map: new Map([[i, new Date(i)]]), bytes: new Uint8Array(i), big: 2n ** 70n };
    await queue.put(value);
    assert.deepEqual(await queue.get(bound), value);
  }
});

test('writers and readers that are killed in the middle tear nothing', async (t) => {
  const options = { bytes: 4 * 1024 * 1024 };
  const [memory] = closing(t, new SharedMemory(Queue.bytesFor(options)));
  const queue = Queue.at<Buffer>(memory, 0, options);
  // A length and a byte by which each item tells whether it is whole.
  const writer = `
    const queue = Queue.at(memory);
    tell(1);
    for (let i = 0; ; i++) {
      const size = 100_000 + (i * 7919) % 800_000;
      const item = Buffer.alloc(size, size % 251);
      await queue.put(item);
    }`;
  const reader = `
    const queue = Queue.at(memory);
    tell(1);
    for (;;) queue.getSync();`;
  const isWhole = (item: Uint8Array): boolean => item.every((byte) => byte === item.length % 251);
  let read = 0;
  for (let round = 0; round < 8; round++) {
    const programs = [share(t, memory, writer), share(t, memory, writer)];
    if (round % 2 === 1) programs.push(share(t, memory, reader));
    for (const program of programs) await program.next();
    for (let i = 0; i < 5 + round * 3; i++) {
      assert.ok(isWhole(await queue.get(bound)));
      read += 1;
    }
    for (const program of programs) await program.kill();
    const left: Uint8Array[] = [];
    while (queue.size > 0) left.push(await queue.get(bound));
    assert.ok(left.every(isWhole));
  }
  assert.ok(read > 0);
  assert.ok(queue.torn >= 0);
  await queue.put(Buffer.from('it works as before'));
  assert.equal(String(await queue.get()), 'it works as before');
});

test('values are changed as a whole by many programs, and keep their kind', async (t) => {
  const [memory] = closing(t, new SharedMemory(64));
  const code = `
    const count = Value.at(memory, 0, 'int32');
    const mean = Value.at(memory, 8, 'float64');
    const big = Value.at(memory, 16, 'biguint64');
    for (let i = 0; i < 5000; i++) { count.add(1); mean.add(0.5); big.update((old) => old + 3n); }`;
  const programs = [1, 2, 3].map(() => share(t, memory, code));
  for (const { end } of programs) assert.equal((await end).code, 0);
  assert.equal(Value.at(memory, 0, 'int32').value, 15_000);
  assert.equal(Value.at(memory, 8, 'float64').value, 7500);
  assert.equal(Value.at(memory, 16, 'biguint64').value, 45_000n);
  const small = Value.at(memory, 24, 'uint8');
  small.value = 250;
  assert.deepEqual([small.add(10), small.value], [250, 4]);
  assert.deepEqual(
    [small.compareExchange(5, 6), small.compareExchange(4, 7), small.value],
    [4, 4, 7],
  );
  assert.throws(() => new Value('int31' as never), { code: 'ERR_INVALID_ARG_VALUE' });
  assert.throws(() => (small.value = '1' as never), { code: 'ERR_INVALID_ARG_TYPE' });
  for (const offset of [1, 64, -8]) {
    assert.throws(() => Value.at(memory, offset, 'int8'), { code: 'ERR_OUT_OF_RANGE' });
  }
});

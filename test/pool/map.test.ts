import assert from 'node:assert/strict';
import { AsyncLocalStorage } from 'node:async_hooks';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';

import { run } from 'brood';
import { forEach, map, type MapProgress } from 'brood/pool';
import { SharedMemory } from 'brood/shared';

import { closing } from '../harness/closing.ts';
import { root } from '../harness/root.ts';

/** Numbers that all processes have. */
function numbers(memory: SharedMemory): Int32Array<ArrayBuffer> {
  return new Int32Array(memory.buffer);
}

/** Resolves when a number is at least that. */
async function reaches(all: Int32Array<ArrayBuffer>, at: number, value: number): Promise<void> {
  while (Atomics.load(all, at) < value) await sleep(1);
}

test('a closure over the items of an array, elsewhere, in their order', async () => {
  const factor = 3;
  const results = await map(
    [1, 2, 3, 4],
    (n, index) => ({ value: n * factor, index, pid: process.pid }),
    { processes: 2 },
  ).toArray();
  assert.deepEqual(
    results.map(({ value, index }) => [value, index]),
    [
      [3, 0],
      [6, 1],
      [9, 2],
      [12, 3],
    ],
  );
  assert.ok(results.every(({ pid }) => pid !== process.pid));
});

test('items are not sent: those that could not be are there', async () => {
  const items = [(): string => 'one', (): string => 'two'];
  assert.deepEqual(await map(items, (item) => item()).toArray(), ['one', 'two']);
});

test('a promise is awaited, and undefined, null and holes are results too', async () => {
  // oxlint-disable-next-line no-sparse-arrays -- that is what is tested
  const items = [undefined, , null, 0];
  const results = await map(items, async (item) => Promise.resolve([item])).toArray();
  assert.deepEqual(results, [[undefined], [undefined], [null], [0]]);
  assert.deepEqual(await map(items, (item) => item, { chunk: 3 }).toArray(), [
    undefined,
    undefined,
    null,
    0,
  ]);
});

test('many small items: all of them, in order, one by one too', async () => {
  const items = Array.from({ length: 200_000 }, (_, index) => index);
  let at = 0;
  for await (const result of map(items, (n) => -n, { processes: 3 })) {
    if (result !== -at) assert.fail(`${result} is in the place of ${-at}`);
    at += 1;
  }
  assert.equal(at, items.length);
});

test('ordered, an item that takes long holds back those after it; unordered, it does not', async (t) => {
  const [memory] = closing(t, new SharedMemory(64));
  const all = numbers(memory);
  const late = async (n: number): Promise<number> => {
    if (n === 0) await reaches(all, 0, 3);
    else Atomics.add(all, 0, 1);
    return n;
  };
  const options = { processes: 2, chunk: 1 };
  assert.deepEqual(await map([0, 1, 2, 3], late, options).toArray(), [0, 1, 2, 3]);
  all[0] = 0;
  const seen: number[] = [];
  for await (const n of map([0, 1, 2, 3], late, { ...options, ordered: false })) seen.push(n);
  // The last two are done at the same time.
  assert.deepEqual(seen.slice(0, 2), [1, 2]);
  assert.deepEqual(new Set(seen), new Set([0, 1, 2, 3]));
});

test('as many processes as were asked for, at the same time', async (t) => {
  const [memory] = closing(t, new SharedMemory(64));
  const all = numbers(memory);
  const together = async (): Promise<number> => {
    Atomics.add(all, 0, 1);
    await reaches(all, 0, 5);
    return process.pid;
  };
  const pids = await map(Array.from({ length: 5 }), together, { processes: 5 }).toArray();
  assert.equal(new Set(pids).size, 5);
});

test('by default as many as there are processors for this program', async () => {
  const code = `import { map } from 'brood/pool';
    const pids = await map(Array.from({ length: 100 }), () => process.pid, { chunk: 1 }).toArray();
    console.log(new Set(pids).size);`;
  const { stdout } = await run(process.execPath, ['--input-type=module', '-e', code], {
    cwd: root,
    affinity: [0],
  });
  assert.equal(stdout.trim(), '1');
});

test('a batch that takes longer than thought is divided among those that are idle', async (t) => {
  const [memory] = closing(t, new SharedMemory(64));
  const all = numbers(memory);
  // Ten thousand quick ones make for large batches; then each one waits for two processes.
  const items = Array.from({ length: 10_100 }, (_, index) => index);
  const pids = await map(
    items,
    async (n) => {
      if (n < 10_000) return 0;
      await sleep(10);
      if (Atomics.add(all, 0, 1) > 60) await reaches(all, 1, 1);
      if (Atomics.exchange(all, 2, process.pid) !== process.pid) Atomics.add(all, 3, 1);
      if ((all[3] as number) >= 2) Atomics.store(all, 1, 1);
      return process.pid;
    },
    { processes: 2 },
  ).toArray();
  assert.equal(new Set(pids.slice(10_000)).size, 2);
});

test('the progress is told after each batch, with the total where there is one', async () => {
  const told: MapProgress[] = [];
  const onProgress = (progress: MapProgress): void => void told.push(progress);
  await map([1, 2, 3, 4], (n) => n, { chunk: 2, onProgress, processes: 1 }).toArray();
  assert.deepEqual(told.splice(0), [
    { done: 2, total: 4 },
    { done: 4, total: 4 },
  ]);
  await forEach(new Set([1]).values(), (n) => n, { onProgress });
  assert.deepEqual(told, [{ done: 1, total: undefined }]);
});

test('forEach is for what the function does: what it returns stays there', async (t) => {
  const [memory] = closing(t, new SharedMemory(64));
  const all = numbers(memory);
  await forEach(
    [1, 2, 3],
    (n) => {
      Atomics.add(all, 0, n);
      return () => 'no result could be this';
    },
    { processes: 2 },
  );
  assert.equal(all[0], 6);
});

test('the function runs in the context of who asked for the results', async () => {
  const storage = new AsyncLocalStorage<string>();
  const results = storage.run('here', () => map([1], () => storage.getStore()).toArray());
  assert.deepEqual(await results, ['here']);
});

test('map() in map()', async () => {
  const results = await map(
    [1, 2],
    async (n) => map([10, 20], (m) => n * m, { processes: 1 }).toArray(),
    { processes: 2 },
  ).toArray();
  assert.deepEqual(results, [
    [10, 20],
    [20, 40],
  ]);
});

test('several next() at once are answered in order', async () => {
  const results = map([1, 2, 3], (n) => n, { processes: 1, chunk: 1 })[Symbol.asyncIterator]();
  const all = await Promise.all([results.next(), results.next(), results.next(), results.next()]);
  assert.deepEqual(
    all.map(({ value }) => value),
    [1, 2, 3, undefined],
  );
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';

import { map } from 'brood/pool';

for (const [name, items, expected] of [
  ['a typed array', Float64Array.of(1.5, -0, NaN), [1.5, -0, NaN]],
  ['a Buffer', Buffer.from('ab'), [97, 98]],
  ['a Set', new Set(['a', 'b']), ['a', 'b']],
  ['a Map', new Map([['a', 1]]), [['a', 1]]],
  ['a string, by characters', 'aé😀', ['a', 'é', '😀']],
  ['what has a length', { length: 2, 0: 'x', 1: 'y' }, ['x', 'y']],
  ['nothing', [], []],
] as readonly (readonly [string, Iterable<unknown> | ArrayLike<unknown>, unknown[]])[]) {
  test(`items of ${name}`, async () => {
    assert.deepEqual(await map(items, (item) => item, { processes: 2 }).toArray(), expected);
  });
}

test('a generator is asked only for what is needed, and closed by who leaves early', async () => {
  let asked = 0;
  let closed = 0;
  function* counting(): Generator<number, void, undefined> {
    try {
      for (;;) yield asked++;
    } finally {
      closed++;
    }
  }
  const seen: number[] = [];
  for await (const n of map(counting(), (item) => item * 2, { processes: 2, chunk: 1 })) {
    seen.push(n);
    if (n === 10) break;
  }
  assert.deepEqual(seen, [0, 2, 4, 6, 8, 10]);
  assert.equal(closed, 1);
  // 16 batches ahead for each process, two in the hands of each, and those that were taken.
  assert.ok(asked <= 16 * 2 + 4 + 6, String(asked));
});

test('an asynchronous generator that pauses: what is there is done meanwhile', async () => {
  let goOn = (): void => {};
  let closed = false;
  async function* items(): AsyncGenerator<string, void, undefined> {
    try {
      yield 'first';
      await new Promise<void>((resolve) => (goOn = resolve));
      yield 'second';
    } finally {
      closed = true;
    }
  }
  const results = map(items(), (item) => `${item}!`)[Symbol.asyncIterator]();
  assert.equal((await results.next()).value, 'first!');
  goOn();
  assert.equal((await results.next()).value, 'second!');
  assert.equal((await results.next()).done, true);
  assert.ok(closed);
});

test('who leaves while a source has nothing to say needs not wait for it', async () => {
  async function* items(): AsyncGenerator<number, void, undefined> {
    yield 1;
    await new Promise(() => {});
  }
  for await (const n of map(items(), (item) => item)) {
    assert.equal(n, 1);
    break;
  }
});

test('items of a generator are clones, also large ones', async () => {
  function* items(): Generator<{ name: string; bytes: Buffer }> {
    for (let n = 0; n < 4; n++) yield { name: `n${n}`, bytes: Buffer.alloc(300_000, n) };
  }
  const results = await map(items(), ({ name, bytes }) => ({ name, bytes })).toArray();
  for (const [n, { name, bytes }] of results.entries()) {
    assert.equal(name, `n${n}`);
    assert.ok(bytes.equals(Buffer.alloc(300_000, n)));
  }
});

test('large results in any number do not pile up with who takes none', async () => {
  const items = Array.from({ length: 400 }, (_, index) => index);
  let most = 0;
  const before = process.memoryUsage().rss;
  for await (const bytes of map(items, (n) => Buffer.alloc(1_000_000, n % 256), { processes: 2 })) {
    assert.equal(bytes.length, 1_000_000);
    if (most === 0) await sleep(300);
    most = Math.max(most, process.memoryUsage().rss - before);
  }
  assert.ok(most < 300_000_000, `${most} bytes`);
});

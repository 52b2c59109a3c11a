import assert from 'node:assert/strict';
import { test } from 'node:test';

import { map } from 'brood/pool';

import { indexOf, taken } from '../harness/taken.ts';
import { rejection } from '../harness/task-methods.ts';

test('what an item throws: class, code, cause, stack and its number, in its place', async () => {
  const results = map(
    [10, 11, 12, 13],
    function thrower(n) {
      if (n !== 12) return n;
      throw Object.assign(new RangeError('too far', { cause: new TypeError('why') }), {
        code: 'E_FAR',
      });
    },
    { processes: 2, chunk: 1 },
  );
  const { before, error } = await taken(results);
  assert.deepEqual(before, [10, 11]);
  assert.ok(error instanceof RangeError && error.cause instanceof TypeError);
  assert.deepEqual([error.message, (error as { code?: string }).code], ['too far', 'E_FAR']);
  assert.match(error.stack ?? '', /at thrower/);
  assert.equal(indexOf(error), 2);
});

test('of several the first in order counts; what is no error stays as it is', async () => {
  const results = map(
    [0, 1, 2, 3],
    async (n) => {
      // oxlint-disable-next-line no-throw-literal, typescript/only-throw-error -- that is tested
      if (n > 0) throw { n };
      return n;
    },
    { processes: 1 },
  );
  const { before, error } = await taken(results);
  assert.deepEqual([before, error], [[0], { n: 1 }]);
});

test('all at once: an error is told at once, and ends those that would never end', async () => {
  const endless = map(
    [0, 1],
    (n) => {
      if (n === 1) throw new SyntaxError('no');
      for (;;);
    },
    { processes: 2 },
  );
  const error = await rejection(endless.toArray());
  assert.ok(error instanceof SyntaxError);
  assert.equal(indexOf(error), 1);
});

test('an error that has an index of its own keeps it', async () => {
  const error = await rejection(
    map([1], () => Promise.reject(Object.assign(new Error('x'), { index: 'mine' }))).toArray(),
  );
  assert.equal((error as { index?: unknown }).index, 'mine');
});

test('a result that cannot be cloned, and the results before it', async () => {
  for (const chunk of [undefined, 3]) {
    const { before, error } = await taken(
      map([1, 2, 3], (n) => (n === 3 ? { f: (): number => n } : n), { chunk, processes: 1 }),
    );
    assert.deepEqual(before, [1, 2]);
    assert.ok(error instanceof DOMException);
    assert.equal(error.name, 'DataCloneError');
    assert.match(error.message, /item 2 returned what cannot be cloned: .*could not be cloned/);
    assert.equal(indexOf(error), 2);
  }
});

test('an error that cannot be cloned', async () => {
  const error = await rejection(
    // oxlint-disable-next-line prefer-promise-reject-errors -- that is what is tested
    map([1], () => Promise.reject(() => {})).toArray(),
  );
  assert.ok(error instanceof DOMException);
  assert.match(error.message, /item 0 threw \[Function.*/);
});

test('an item of a generator that cannot be cloned is named', async () => {
  const items = new Set([1, (): void => {}]).values();
  const error = await rejection(map(items, (n) => n, { processes: 1 }).toArray());
  assert.ok(error instanceof TypeError);
  assert.match(
    error.message,
    /^"items\[1\]" must be clonable: .*function items\[1\]|^"items\[1\]"/,
  );
  assert.equal((error as TypeError & { code: string }).code, 'ERR_INVALID_ARG_VALUE');
});

test('what asking for items throws comes after the results of those before', async () => {
  function* items(): Generator<number> {
    yield 1;
    yield 2;
    throw new RangeError('no third');
  }
  const sync = await taken(map(items(), (n) => n));
  assert.deepEqual(sync.before, [1, 2]);
  assert.ok(sync.error instanceof RangeError);
  async function* later(): AsyncGenerator<number> {
    yield* items();
  }
  const { before, error } = await taken(map(later(), (n) => n));
  assert.deepEqual(before, [1, 2]);
  assert.ok(error instanceof RangeError);
});

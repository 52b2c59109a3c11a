import assert from 'node:assert/strict';
import { test } from 'node:test';

import fc from 'fast-check';

import { Backoff } from './backoff.ts';

test('the first restart is immediate, the next ones wait longer and longer, up to the most', () => {
  const backoff = new Backoff({ min: 100, max: 1000, factor: 2, jitter: 0 });
  const pauses = Array.from({ length: 7 }, () => backoff.next());
  assert.deepEqual(pauses, [0, 100, 200, 400, 800, 1000, 1000]);
  backoff.reset();
  assert.deepEqual([backoff.next(), backoff.next()], [0, 100]);
});

test('jitter stays around the pause, and never above the most', () => {
  const random = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });
  fc.assert(
    fc.property(random, fc.integer({ min: 1, max: 2000 }), (chance, step) => {
      const backoff = new Backoff({ min: 100, max: 5000, factor: 2, jitter: 0.5 }, () => chance);
      let pause = 0;
      for (let i = 0; i <= step; i++) pause = backoff.next();
      const exact = Math.min(5000, 100 * 2 ** (step - 1));
      return pause >= exact / 2 && pause <= Math.min(5000, exact * 1.5);
    }),
  );
});

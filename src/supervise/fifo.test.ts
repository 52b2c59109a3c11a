import assert from 'node:assert/strict';
import { test } from 'node:test';

import { Fifo } from './fifo.ts';

test('what came first goes first, also after something was taken out of the midst', () => {
  const fifo = new Fifo<number>();
  for (let i = 0; i < 10; i++) fifo.push(i);
  assert.deepEqual([fifo.shift(), fifo.shift()], [0, 1]);
  fifo.drop((item) => item % 5 === 0);
  const rest: (number | undefined)[] = [];
  for (let item = fifo.shift(); item !== undefined; item = fifo.shift()) rest.push(item);
  assert.deepEqual(rest, [2, 3, 4, 6, 7, 8, 9]);
  fifo.push(11);
  fifo.clear();
  assert.equal(fifo.shift(), undefined);
});

test('half a million go through without a pause', () => {
  const fifo = new Fifo<number>();
  for (let i = 0; i < 500_000; i++) fifo.push(i);
  for (let i = 0; i < 500_000; i++) assert.ok(fifo.shift() === i);
  assert.equal(fifo.shift(), undefined);
});

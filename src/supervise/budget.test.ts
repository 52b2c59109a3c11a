import assert from 'node:assert/strict';
import { test } from 'node:test';

import { RestartBudget } from './budget.ts';

test('so many restarts within the period, and not one more', () => {
  const budget = new RestartBudget(3, 1000);
  assert.deepEqual(
    [0, 10, 20, 30].map((now) => budget.spend(now)),
    [true, true, true, false],
  );
});

test('the window slides: what is older than the period counts no more', () => {
  const budget = new RestartBudget(2, 1000);
  assert.deepEqual(
    [0, 900, 999, 1000, 1001, 1901].map((now) => budget.spend(now)),
    [true, true, false, true, false, true],
  );
});

test('a refused restart is not counted', () => {
  const budget = new RestartBudget(1, 100);
  assert.equal(budget.spend(0), true);
  for (let now = 1; now < 100; now++) assert.equal(budget.spend(now), false);
  assert.equal(budget.spend(100), true);
});

test('none at all, and without a bound', () => {
  assert.equal(new RestartBudget(0, 1000).spend(5), false);
  const endless = new RestartBudget(Infinity, 1000);
  for (let i = 0; i < 1000; i++) assert.equal(endless.spend(0), true);
});

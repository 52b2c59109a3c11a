import assert from 'node:assert/strict';
import { test } from 'node:test';

import { startOrder, withDependencies, withDependents, type Ordered } from './order.ts';

const child = (name: string, ...dependsOn: string[]): Ordered => ({ name, dependsOn });
const chain = [child('web', 'api'), child('api', 'db', 'cache'), child('db'), child('cache')];
const byName = new Map(chain.map((each) => [each.name, each]));

test('what is needed is started first, the rest as it is listed', () => {
  assert.deepEqual(startOrder(chain), ['db', 'cache', 'api', 'web']);
  assert.deepEqual(startOrder([child('a'), child('b'), child('c')]), ['a', 'b', 'c']);
});

test('a circle is refused, and named', () => {
  const circle = [child('a'), child('b', 'c'), child('c', 'd'), child('d', 'b')];
  assert.throws(() => startOrder(circle), {
    code: 'ERR_INVALID_ARG_VALUE',
    message: /children\[1\]\.dependsOn.*b → c → d → b/,
  });
  assert.throws(() => startOrder([child('self', 'self')]), { message: /self → self/ });
});

test('who needs it, and what it needs', () => {
  assert.deepEqual([...withDependents(new Set(['db']), byName)].toSorted(), ['api', 'db', 'web']);
  assert.deepEqual([...withDependencies(['api'], byName)].toSorted(), ['api', 'cache', 'db']);
});

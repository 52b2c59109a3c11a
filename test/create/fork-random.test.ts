/** What is drawn by chance differs between a parent and its children, and among them. */
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { withFork } from '../harness/fork-code.ts';

/** Draws in the parent before, then in three children and the parent; each gives a list of strings. */
async function draws(before: string, draw: string): Promise<string[][]> {
  const { told, stderr } = await withFork(`
    import { randomBytes, randomInt, randomUUID } from 'node:crypto';
    import vm from 'node:vm';
    ${before}
    const draw = () => Array.from({ length: 10 }, () => String(${draw}));
    draw();
    for (let i = 0; i < 3; i++) {
      await inChild(() => tell(draw()));
    }
    tell(draw());
  `);
  assert.equal(told.length, 4, stderr);
  return told as string[][];
}

const sources: [name: string, draw: string, before?: string][] = [
  ['Math.random()', 'Math.random()'],
  ['crypto.randomUUID()', 'randomUUID()'],
  ['crypto.randomInt()', 'randomInt(2 ** 47)'],
  [
    'crypto.randomInt() by callback',
    'randomInt(2 ** 47)',
    'await new Promise((resolve) => randomInt(9, resolve));',
  ],
  ['crypto.randomBytes()', "randomBytes(8).toString('hex')"],
  ['crypto.getRandomValues()', 'crypto.getRandomValues(new Uint32Array(2))'],
  ['crypto.randomUUID() of the web', 'crypto.randomUUID()'],
  ['Math.random() of a new context', "vm.runInNewContext('Math.random()')"],
  ['Math.random() of a context', "vm.runInContext('Math.random()', vm.createContext({}))"],
];

for (const [name, draw, before = ''] of sources) {
  test(`${name} never repeats`, async () => {
    const lists = await draws(before, draw);
    const all = lists.flat();
    assert.equal(all.length, 40);
    assert.equal(new Set(all).size, 40, lists.map((list) => list.slice(0, 2).join(' ')).join('\n'));
  });
}

test('randomness stays what it is: in range, and spread', async () => {
  const { told, stderr } = await withFork(`
    await inChild(() => {
      const numbers = Array.from({ length: 10_000 }, () => Math.random());
      tell(numbers.every((n) => n >= 0 && n < 1));
      tell(Math.abs(numbers.reduce((a, b) => a + b) / 10_000 - 0.5) < 0.05);
      tell([Math.random.name, Math.random.length]);
    });
  `);
  assert.deepEqual(told, [true, true, ['random', 0]], stderr);
});

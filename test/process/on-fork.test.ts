/** onFork(): what a library mends of its own in a child. */
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { withFork } from '../harness/fork-code.ts';

test('hooks run in the child only, in their order, before fork() returns; one that throws ends it', async () => {
  const { told, stderr } = await withFork(`
    const order = [];
    onFork(() => order.push('first'));
    const forget = onFork(() => order.push('forgotten'));
    onFork(() => order.push('second'));
    forget();
    const status = await inChild(() => {
      tell(order);
      fork().isCurrent && tell(order);
    });
    tell([status.code, order]);
    onFork(() => { throw new Error('a bad hook'); });
    onFork(() => order.push('after it'));
    const child = fork();
    if (child.isCurrent) tell(order);
    else {
      tell((await child.wait()).code);
      try { onFork('no function'); } catch (error) { tell(error.code); }
    }
  `);
  assert.deepEqual(told.slice(0, 2), [
    ['first', 'second'],
    ['first', 'second', 'first', 'second'],
  ]);
  assert.deepEqual(
    told.slice(2),
    [[0, []], ['first', 'second', 'after it'], 1, 'ERR_INVALID_ARG_TYPE'],
    stderr,
  );
  assert.match(stderr, /a bad hook/);
});

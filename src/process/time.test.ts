import assert from 'node:assert/strict';
import test, { mock } from 'node:test';

import { checkBound, whenOver } from './time.ts';

test('no option is no bound', () => {
  assert.equal(checkBound(undefined, 'options'), undefined);
  assert.equal(checkBound({}, 'options'), undefined);
  assert.equal(checkBound({ timeout: undefined, signal: undefined }, 'options'), undefined);
});

test('of a timeout and a deadline the earlier one counts', () => {
  const late = checkBound({ timeout: 5, deadline: Date.now() + 1e9 }, 'options');
  assert.ok((late?.remaining() ?? NaN) <= 5);
  const past = checkBound({ timeout: 1e9, deadline: new Date(0) }, 'options');
  assert.equal(past?.remaining(), 0);
});

test('only a signal: no time runs out', () => {
  const { signal } = new AbortController();
  assert.equal(checkBound({ signal }, 'options')?.remaining(), Infinity);
});

test('what is no time and no signal is refused by the code of Node', () => {
  const refused: [unknown, string][] = [
    [null, 'ERR_INVALID_ARG_TYPE'],
    [5, 'ERR_INVALID_ARG_TYPE'],
    [{ timeout: '5' }, 'ERR_INVALID_ARG_TYPE'],
    [{ timeout: null }, 'ERR_INVALID_ARG_TYPE'],
    [{ timeout: -1 }, 'ERR_OUT_OF_RANGE'],
    [{ timeout: NaN }, 'ERR_OUT_OF_RANGE'],
    [{ timeout: Infinity }, 'ERR_OUT_OF_RANGE'],
    [{ deadline: 'tomorrow' }, 'ERR_INVALID_ARG_TYPE'],
    [{ deadline: NaN }, 'ERR_OUT_OF_RANGE'],
    [{ deadline: new Date(NaN) }, 'ERR_INVALID_ARG_VALUE'],
    [{ signal: {} }, 'ERR_INVALID_ARG_TYPE'],
    [{ signal: 'SIGTERM' }, 'ERR_INVALID_ARG_TYPE'],
  ];
  for (const [options, code] of refused) {
    assert.throws(
      () => checkBound(options as object, 'options'),
      { code },
      JSON.stringify(options),
    );
  }
});

test('a bound of more than 2^31 ms does not run out at once', () => {
  mock.timers.enable({ apis: ['setTimeout', 'Date'], now: 0 });
  try {
    const bound = checkBound({ deadline: 2 ** 31 + 1000 }, 'options');
    assert.ok(bound);
    const over = mock.fn();
    whenOver(bound, over);
    mock.timers.tick(2 ** 31 - 1);
    assert.equal(over.mock.callCount(), 0);
    mock.timers.tick(2000);
    assert.equal(over.mock.callCount(), 1);
  } finally {
    mock.timers.reset();
  }
});

test('an abort ends it, once; what was cancelled stays silent', async () => {
  const controller = new AbortController();
  const bound = { signal: controller.signal, remaining: () => Infinity };
  const over = mock.fn();
  const cancelled = mock.fn();
  whenOver(bound, over);
  whenOver(bound, cancelled)();
  controller.abort();
  assert.equal(over.mock.callCount(), 1);
  await new Promise<void>((resolve) => whenOver(bound, resolve));
  assert.equal(over.mock.callCount(), 1);
  assert.equal(cancelled.mock.callCount(), 0);
});

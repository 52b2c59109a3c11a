import assert from 'node:assert/strict';
import { constants } from 'node:os';
import { test } from 'node:test';

import fc from 'fast-check';

import {
  describeSignal,
  signalName,
  signalNames,
  signalNumber,
  signalNumberOrZero,
  type SignalName,
} from './signal-names.ts';

const linux = process.platform === 'linux';

test('every name of Node has its number', () => {
  for (const [name, number] of Object.entries(constants.signals)) {
    assert.equal(signalNumber(name, 'signal'), number, name);
  }
});

test('a second name leads to the better known one', { skip: !linux }, () => {
  assert.equal(signalName(signalNumber('SIGIOT', 'signal')), 'SIGABRT');
  assert.equal(signalName(signalNumber('SIGPOLL', 'signal')), 'SIGIO');
});

test('real-time signals are named from both ends', { skip: !linux }, () => {
  assert.equal(signalName(34), 'SIGRTMIN');
  assert.equal(signalName(35), 'SIGRTMIN+1');
  assert.equal(signalName(64), 'SIGRTMAX');
  assert.equal(signalNumber('SIGRTMAX-1', 'signal'), 63);
  assert.equal(signalNumber('SIGRTMIN+0', 'signal'), 34);
  assert.equal(signalNumber('SIGRTMAX-0', 'signal'), 64);
});

test('names and numbers lead to each other', { skip: !linux }, () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 64 }), (number) => {
      assert.equal(signalNumber(signalName(number), 'signal'), number);
      assert.equal(signalNumber(number, 'signal'), number);
    }),
  );
});

test('the list has each signal once, in the order of the numbers, without those of the C library', () => {
  const listed = signalNames.map((name) => signalNumber(name, 'signal'));
  assert.deepEqual(
    listed,
    [...new Set(listed)].toSorted((a, b) => a - b),
  );
  assert.ok(Object.isFrozen(signalNames));
  if (linux) {
    assert.equal(signalNames.length, 62);
    assert.ok(!listed.includes(32) && !listed.includes(33));
  }
});

test('a name that no signal has is ERR_UNKNOWN_SIGNAL, and the message helps', () => {
  for (const name of [
    'SIGNOPE',
    '',
    'SIGRTMIN+31',
    'SIGRTMAX-31',
    'SIG0',
    'SIG65',
    '15',
    'toString',
  ]) {
    assert.throws(
      () => signalNumber(name, 'signal'),
      { name: 'TypeError', code: 'ERR_UNKNOWN_SIGNAL' },
      name,
    );
  }
  assert.throws(() => signalNumber('sigterm', 'signal'), /did you mean SIGTERM\?/);
  assert.throws(() => signalNumber('term', 'signal'), /did you mean SIGTERM\?/);
});

test('what is neither name nor number is ERR_INVALID_ARG_TYPE', () => {
  for (const value of [undefined, null, true, 15n, {}, ['SIGTERM'], Symbol('SIGTERM'), () => 15]) {
    assert.throws(() => signalNumber(value, 'killSignal'), {
      name: 'TypeError',
      code: 'ERR_INVALID_ARG_TYPE',
      message: /^"killSignal" must be/,
    });
  }
});

test('a number outside the signals is ERR_OUT_OF_RANGE; 0 only where it is asked for', () => {
  for (const value of [-1, 65, 1.5, NaN, Infinity, -Infinity, 2 ** 32 + 15]) {
    for (const check of [signalNumber, signalNumberOrZero]) {
      assert.throws(() => check(value, 'signal'), { name: 'RangeError', code: 'ERR_OUT_OF_RANGE' });
    }
  }
  assert.throws(() => signalNumber(0, 'signal'), { code: 'ERR_OUT_OF_RANGE' });
  assert.equal(signalNumberOrZero(0, 'signal'), 0);
  assert.equal(signalNumberOrZero('SIGHUP', 'signal'), 1);
});

test('a number without a name gets one that shows it', () => {
  assert.equal(signalName(100), 'SIG100');
});

function actionOf(name: SignalName): unknown[] {
  const { action, catchable } = describeSignal(name);
  return [action, catchable];
}

test('descriptions tell the default action and what can be caught', () => {
  assert.deepEqual(actionOf('SIGTERM'), ['terminate', true]);
  assert.deepEqual(actionOf('SIGKILL'), ['terminate', false]);
  assert.deepEqual(actionOf('SIGSTOP'), ['stop', false]);
  assert.deepEqual(actionOf('SIGSEGV'), ['core', true]);
  assert.deepEqual(actionOf('SIGCHLD'), ['ignore', true]);
  assert.deepEqual(actionOf('SIGCONT'), ['continue', true]);
});

test('every signal is described in words of its own', () => {
  for (const name of signalNames) {
    const told = describeSignal(name);
    assert.equal(told.name, name);
    assert.equal(told.number, signalNumber(name, 'signal'));
    assert.ok(told.description.length > 5, name);
    if (told.number < 32) assert.doesNotMatch(told.description, /C library|real-time/, name);
  }
  if (linux) {
    assert.match(describeSignal(33).description, /C library/);
    assert.match(describeSignal('SIGRTMIN+3').description, /real-time/);
  }
});

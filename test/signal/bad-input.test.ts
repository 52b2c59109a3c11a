/** What is no signal, no handler, or cannot be done is said before anything happens. */
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { type Signals, signals } from 'brood';

import { withSignals } from '../harness/signal-code.ts';

type Loose = (...given: readonly unknown[]) => unknown;

/** What a program without types may do. */
const loose = signals as unknown as Record<keyof Signals, Loose>;

/** Every call that takes a signal first. */
const calls: readonly [string, Loose][] = [
  ['on', (signal) => loose.on(signal, () => {})],
  ['once', (signal) => loose.once(signal, () => {})],
  ['off', (signal) => loose.off(signal, () => {})],
  ['ignore', (signal) => loose.ignore(signal)],
  ['default', (signal) => loose.default(signal)],
  ['disposition', (signal) => loose.disposition(signal)],
  ['describe', (signal) => loose.describe(signal)],
  ['block', (signal) => loose.block(signal)],
  ['unblock', (signal) => loose.unblock(signal)],
  ['block several', (signal) => loose.block(['SIGHUP', signal])],
  ['unblock several', (signal) => loose.unblock([signal])],
];

test('every call refuses what is no signal', () => {
  for (const [name, call] of calls) {
    for (const unknown of ['SIGNOPE', 'sigterm', 'TERM', '', '9', 'SIGRTMIN+99']) {
      assert.throws(() => call(unknown), { name: 'TypeError', code: 'ERR_UNKNOWN_SIGNAL' }, name);
    }
    for (const value of [undefined, null, true, {}, 1n, Symbol('SIGHUP')]) {
      assert.throws(() => call(value), { name: 'TypeError', code: 'ERR_INVALID_ARG_TYPE' }, name);
    }
    for (const value of [0, -1, 65, 1.5, NaN, Infinity]) {
      assert.throws(() => call(value), { name: 'RangeError', code: 'ERR_OUT_OF_RANGE' }, name);
    }
  }
  assert.deepEqual(signals.blocked(), []);
});

test('SIGKILL and SIGSTOP cannot be caught, ignored or blocked; they can be asked about', () => {
  for (const [name, call] of calls) {
    for (const signal of ['SIGKILL', 'SIGSTOP', 9, 19]) {
      if (name === 'disposition' || name === 'describe') call(signal);
      else assert.throws(() => call(signal), { code: 'ERR_INVALID_ARG_VALUE' }, name);
    }
  }
  assert.equal(signals.disposition('SIGKILL'), 'default');
  assert.equal(signals.describe('SIGSTOP').catchable, false);
});

test('a handler must be a function, and nothing is registered otherwise', () => {
  for (const handler of [undefined, null, 'SIGHUP', {}, 5]) {
    for (const call of ['on', 'once', 'off'] as const) {
      assert.throws(() => loose[call]('SIGHUP', handler), {
        name: 'TypeError',
        code: 'ERR_INVALID_ARG_TYPE',
        message: /^"handler" must be a function/,
      });
    }
  }
  assert.equal(process.listenerCount('SIGHUP'), 0);
  assert.equal(signals.disposition('SIGHUP'), 'default');
});

test('off() of what was never given is nothing', () => {
  assert.equal(
    signals.off('SIGHUP', () => {}),
    signals,
  );
});

test('a real-time signal has no handlers, and the error says what works', () => {
  for (const call of ['on', 'once'] as const) {
    assert.throws(() => signals[call]('SIGRTMIN+1', () => {}), {
      name: 'UnsupportedError',
      code: 'ENOTSUP',
      message: /SIGRTMIN\+1.*block\(\)/,
    });
  }
});

test('a worker thread is refused handlers and dispositions, and may ask', async () => {
  const { told, stderr } = await withSignals(`
    import { Worker } from 'node:worker_threads';
    const worker = new Worker(\`
      import { parentPort } from 'node:worker_threads';
      import('brood').then(({ signals }) => {
        const codes = ['on', 'once', 'ignore', 'default'].map((call) => {
          try {
            signals[call]('SIGHUP', () => {});
            return 'done';
          } catch (error) {
            return error.name;
          }
        });
        parentPort.postMessage([codes, signals.disposition('SIGPIPE')]);
      });
    \`, { eval: true });
    tell(await new Promise((resolve, reject) => worker.once('message', resolve).once('error', reject)));
    tell(seen(1));
  `);
  assert.deepEqual(told, [[Array(4).fill('UnsupportedError'), 'ignored'], 'default'], stderr);
});

test('without the addon masks are refused by name, and handlers work', async () => {
  const { told, stderr } = await withSignals(
    `
    for (const call of ['block', 'unblock', 'blocked', 'pending']) {
      try {
        signals[call]('SIGHUP');
        tell('done');
      } catch (error) {
        tell([error.name, /Linux/.test(error.message), /BROOD_PLATFORM/.test(error.message)]);
      }
    }
    const handler = (name) => heard.push(name);
    signals.ignore('SIGHUP');
    process.kill(process.pid, 'SIGHUP');
    await turn();
    tell(signals.disposition('SIGHUP'));
    signals.on('SIGHUP', handler);
    tell(signals.disposition('SIGHUP'));
    process.kill(process.pid, 'SIGHUP');
    await until(() => heard.length > 0);
    signals.off('SIGHUP', handler);
    tell([seen(1), signals.disposition('SIGHUP')]);
    tell(['SIGTERM', 'SIGPIPE', 'SIGUSR1', 'SIGCHLD', 34].map((name) => signals.disposition(name)));
    signals.default('SIGPIPE');
    tell([seen(13), signals.disposition('SIGPIPE')]);
    signals.ignore('SIGPIPE');
    tell(signals.disposition('SIGPIPE'));
  `,
    { env: { BROOD_PLATFORM: 'portable' } },
  );
  assert.deepEqual(
    told,
    [
      ...Array.from({ length: 4 }, () => ['UnsupportedError', true, true]),
      'ignored',
      'handled',
      ['default', 'default'],
      ['default', 'ignored', 'handled', 'default', 'default'],
      ['default', 'default'],
      'ignored',
    ],
    stderr,
  );
});

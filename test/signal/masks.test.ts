/** Block, pending, unblock: as the kernel sees it. */
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { withSignals } from '../harness/signal-code.ts';

test('a blocked signal is held back on every thread', async () => {
  const { told, stderr } = await withSignals(`
    const before = held(1);
    tell([before.length > 1, before.includes(true)]);
    signals.block('SIGHUP');
    tell([held(1).includes(false), signals.blocked()]);
    signals.unblock('SIGHUP');
    tell([held(1).includes(true), signals.blocked()]);
  `);
  assert.deepEqual(
    told,
    [
      [true, false],
      [false, ['SIGHUP']],
      [false, []],
    ],
    stderr,
  );
});

test('a signal that arrives while blocked is pending, and ends the program once unblocked', async () => {
  const { told, signal, stderr } = await withSignals(`
    signals.block('SIGTERM');
    process.kill(process.pid, 'SIGTERM');
    await turn();
    tell(signals.pending());
    signals.unblock('SIGTERM');
    tell('not reached');
    await until(() => false);
  `);
  assert.deepEqual(told, [['SIGTERM']], stderr);
  assert.equal(signal, 'SIGTERM');
});

test('a pending signal reaches its handler once unblocked, however often it came', async () => {
  const { told, stderr } = await withSignals(`
    signals.on('SIGUSR2', (name) => heard.push(name));
    signals.block('SIGUSR2');
    for (let i = 0; i < 3; i++) process.kill(process.pid, 'SIGUSR2');
    await turn();
    await turn();
    tell([heard.length, signals.pending()]);
    signals.unblock('SIGUSR2');
    await until(() => heard.length > 0);
    await turn();
    tell([heard, signals.pending()]);
  `);
  assert.deepEqual(
    told,
    [
      [0, ['SIGUSR2']],
      [['SIGUSR2'], []],
    ],
    stderr,
  );
});

test('a pending signal that is then ignored is gone', async () => {
  const { told, signal, stderr } = await withSignals(`
    signals.block('SIGTERM');
    process.kill(process.pid, 'SIGTERM');
    signals.ignore('SIGTERM');
    tell(signals.pending());
    signals.default('SIGTERM').unblock('SIGTERM');
    await turn();
    tell(signals.blocked());
  `);
  assert.deepEqual([told, signal], [[[], []], null], stderr);
});

test('several are blocked by one call, by name or number, real-time ones too', async () => {
  const { told, stderr } = await withSignals(`
    signals.block(['SIGHUP', 12, 'SIGRTMIN+2']);
    tell(signals.blocked());
    process.kill(process.pid, 36);
    process.kill(process.pid, 'SIGHUP');
    tell(signals.pending());
    signals.ignore(36).ignore('SIGHUP').unblock([1, 'SIGRTMIN+2']);
    tell(signals.blocked());
    signals.block([]);
    tell(signals.blocked());
  `);
  assert.deepEqual(
    told,
    [['SIGHUP', 'SIGUSR2', 'SIGRTMIN+2'], ['SIGHUP', 'SIGRTMIN+2'], ['SIGUSR2'], ['SIGUSR2']],
    stderr,
  );
});

test('ignore() leaves a signal blocked that was', async () => {
  const { told, stderr } = await withSignals(`
    signals.on('SIGHUP', () => {}).block('SIGHUP').ignore('SIGHUP');
    tell([seen(1), signals.blocked()]);
  `);
  assert.deepEqual(told, [['ignored', ['SIGHUP']]], stderr);
});

/** Handlers: their order, their life, and what they do to the program. */
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { withSignals } from '../harness/signal-code.ts';

test('handlers add up in their order, and off() takes the last one given', async () => {
  const { told, stderr } = await withSignals(`
    const a = () => heard.push('a');
    const b = () => heard.push('b');
    signals.on('SIGUSR2', a).on('SIGUSR2', b).on('SIGUSR2', a);
    process.kill(process.pid, 'SIGUSR2');
    await until(() => heard.length === 3);
    signals.off('SIGUSR2', a);
    process.kill(process.pid, 'SIGUSR2');
    await until(() => heard.length === 5);
    tell(heard);
    signals.off('SIGUSR2', () => {});
    signals.off('SIGUSR2', a);
    tell(seen(12));
    signals.off('SIGUSR2', b);
    tell(seen(12));
  `);
  assert.deepEqual(told, [['a', 'b', 'a', 'a', 'b'], 'caught', 'default'], stderr);
});

test('once() hears one signal; the next one finds the default action', async () => {
  const { told, signal, stderr } = await withSignals(`
    signals.once('SIGTERM', () => heard.push(seen(15)));
    process.kill(process.pid, 'SIGTERM');
    await until(() => heard.length === 1);
    tell(heard);
    process.kill(process.pid, 'SIGTERM');
    await until(() => false);
  `);
  assert.deepEqual(told, [['default']], stderr);
  assert.equal(signal, 'SIGTERM');
});

test('once() can be taken back', async () => {
  const { told, stderr } = await withSignals(`
    const handler = () => heard.push('too late');
    signals.once('SIGHUP', handler).off('SIGHUP', handler);
    tell([seen(1), process.listenerCount('SIGHUP')]);
  `);
  assert.deepEqual(told, [['default', 0]], stderr);
});

test('one handler may run while another waits', async () => {
  const { told, stderr } = await withSignals(`
    let open;
    const door = new Promise((resolve) => (open = resolve));
    signals.on('SIGHUP', async () => {
      heard.push('in');
      await door;
      heard.push('out');
    });
    process.kill(process.pid, 'SIGHUP');
    await until(() => heard.length === 1);
    process.kill(process.pid, 'SIGHUP');
    await until(() => heard.length === 2);
    open();
    await until(() => heard.length === 4);
    tell(heard);
  `);
  assert.deepEqual(told, [['in', 'in', 'out', 'out']], stderr);
});

test('a handler does not keep the program alive', async () => {
  const { code, signal, stderr } = await withSignals(`signals.on('SIGTERM', () => {});`);
  assert.deepEqual([code, signal], [0, null], stderr);
});

test('what a handler throws is an uncaught exception', async () => {
  const { code, stderr } = await withSignals(`
    signals.on('SIGHUP', () => { throw new Error('from the handler'); });
    process.kill(process.pid, 'SIGHUP');
    await until(() => false);
  `);
  assert.equal(code, 1);
  assert.match(stderr, /from the handler/);
});

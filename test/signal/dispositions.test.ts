/** Handle, ignore, default: as the kernel sees it. */
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { withSignals } from '../harness/signal-code.ts';

test('a fresh Node has its dispositions told as they are', async () => {
  const { told, stderr } = await withSignals(`
    tell(['SIGTERM', 'SIGINT', 'SIGHUP', 'SIGCHLD', 'SIGPIPE', 'SIGUSR1', 34]
      .map((name) => signals.disposition(name)));
  `);
  assert.deepEqual(
    told,
    [['default', 'default', 'default', 'default', 'ignored', 'handled', 'default']],
    stderr,
  );
});

test('an ignored signal is ignored by the kernel, and by default again ends the program', async () => {
  const { told, signal, stderr } = await withSignals(`
    signals.ignore('SIGTERM');
    tell([seen(15), signals.disposition('SIGTERM')]);
    process.kill(process.pid, 'SIGTERM');
    await turn();
    signals.default('SIGTERM');
    tell([seen(15), signals.disposition('SIGTERM')]);
    process.kill(process.pid, 'SIGTERM');
    await until(() => false);
  `);
  assert.deepEqual(
    told,
    [
      ['ignored', 'ignored'],
      ['default', 'default'],
    ],
    stderr,
  );
  assert.equal(signal, 'SIGTERM');
});

test('a handler gets name and number; after the last one the default action is back', async () => {
  const { told, signal, stderr } = await withSignals(`
    const handler = (...given) => heard.push(given);
    signals.on('SIGHUP', handler);
    tell([seen(1), signals.disposition('SIGHUP')]);
    process.kill(process.pid, 'SIGHUP');
    await until(() => heard.length === 1);
    tell(heard);
    signals.off('SIGHUP', handler);
    tell([seen(1), signals.disposition('SIGHUP'), process.listenerCount('SIGHUP')]);
    process.kill(process.pid, 'SIGHUP');
    await until(() => false);
  `);
  assert.deepEqual(
    told,
    [['caught', 'handled'], [['SIGHUP', 1]], ['default', 'default', 0]],
    stderr,
  );
  assert.equal(signal, 'SIGHUP');
});

test('a second name and a number mean the same signal', async () => {
  const { told, stderr } = await withSignals(`
    const handler = (...given) => heard.push(given);
    signals.on('SIGPOLL', handler);
    process.kill(process.pid, 29);
    await until(() => heard.length === 1);
    tell(heard);
    signals.off(29, handler);
    tell(seen(29));
  `);
  assert.deepEqual(told, [[['SIGIO', 29]], 'default'], stderr);
});

test('on() after ignore() hears again, with and without listeners of Node', async () => {
  const { told, stderr } = await withSignals(`
    signals.ignore('SIGHUP');
    signals.on('SIGHUP', () => heard.push('brood'));
    tell([seen(1), signals.disposition('SIGHUP')]);
    process.kill(process.pid, 'SIGHUP');
    await until(() => heard.length === 1);
    process.on('SIGUSR2', () => heard.push('node'));
    signals.ignore('SIGUSR2');
    tell([seen(12), process.listenerCount('SIGUSR2')]);
    process.kill(process.pid, 'SIGUSR2');
    await turn();
    signals.on('SIGUSR2', () => heard.push('brood'));
    process.on('SIGUSR2', () => heard.push('node'));
    process.kill(process.pid, 'SIGUSR2');
    await until(() => heard.length === 3);
    tell(heard);
  `);
  assert.deepEqual(
    told,
    [
      ['caught', 'handled'],
      ['ignored', 0],
      ['brood', 'brood', 'node'],
    ],
    stderr,
  );
});

test('a listener of Node stays when the last handler of brood goes', async () => {
  const { told, stderr } = await withSignals(`
    process.on('SIGHUP', () => heard.push('node'));
    const handler = () => heard.push('brood');
    signals.on('SIGHUP', handler).off('SIGHUP', handler);
    tell(seen(1));
    process.kill(process.pid, 'SIGHUP');
    await until(() => heard.length === 1);
    tell(heard);
  `);
  assert.deepEqual(told, ['caught', ['node']], stderr);
});

test('default() and ignore() take handlers of brood and of Node away', async () => {
  for (const [call, wanted] of [
    ['default', 'default'],
    ['ignore', 'ignored'],
  ]) {
    const { told, stderr } = await withSignals(`
      process.on('SIGHUP', () => heard.push('node'));
      signals.on('SIGHUP', () => heard.push('brood'));
      signals.${call}('SIGHUP');
      tell([seen(1), signals.disposition('SIGHUP'), process.listenerCount('SIGHUP')]);
    `);
    assert.deepEqual(told, [[wanted, wanted, 0]], stderr);
  }
});

test('a storm of signals while handlers turn into ignore() kills nobody', async () => {
  const { told, signal, stderr } = await withSignals(`
    import { spawn } from 'node:child_process';
    signals.on('SIGHUP', () => heard.push(1));
    const storm = spawn('sh', ['-c', 'while kill -HUP ' + process.pid + '; do :; done'],
      { stdio: ['pipe', 'ignore', 'ignore'] });
    await until(() => heard.length > 10);
    for (let i = 0; i < 200; i++) {
      signals.ignore('SIGHUP');
      signals.on('SIGHUP', () => heard.push(1));
    }
    signals.ignore('SIGHUP');
    // Node reads what the storm left in its pipe of signals, or a full pipe would drop that of the end.
    for (let i = 0; i < 10; i++) await turn();
    const over = new Promise((resolve) => storm.once('exit', resolve));
    storm.kill('SIGKILL');
    await over;
    tell('alive');
  `);
  assert.deepEqual([told, signal], [['alive'], null], stderr);
});

test('SIGPIPE is ignored again after its last handler, as Node has it', async () => {
  const { told, stderr } = await withSignals(`
    const handler = () => heard.push(1);
    tell(seen(13));
    signals.on('SIGPIPE', handler);
    tell(seen(13));
    process.kill(process.pid, 'SIGPIPE');
    await until(() => heard.length === 1);
    signals.off('SIGPIPE', handler);
    tell(seen(13));
    signals.default('SIGPIPE');
    tell(seen(13));
  `);
  assert.deepEqual(told, ['ignored', 'caught', 'ignored', 'default'], stderr);
});

test('SIGUSR1 is of Node, until it is ignored or handled', async () => {
  const { told, stderr } = await withSignals(`
    signals.ignore('SIGUSR1');
    tell(seen(10));
    process.kill(process.pid, 'SIGUSR1');
    signals.on('SIGUSR1', () => heard.push(1));
    process.kill(process.pid, 'SIGUSR1');
    await until(() => heard.length === 1);
    tell(seen(10));
  `);
  assert.deepEqual(told, ['ignored', 'caught'], stderr);
  assert.doesNotMatch(stderr, /Debugger listening/);
});

test('a real-time signal can be ignored', async () => {
  const { told, stderr } = await withSignals(`
    signals.ignore('SIGRTMIN+1');
    tell([seen(35), signals.disposition(35)]);
    process.kill(process.pid, 35);
    signals.default('SIGRTMIN+1');
    tell(seen(35));
  `);
  assert.deepEqual(told, [['ignored', 'ignored'], 'default'], stderr);
});

test('exec hands on what is ignored, and no handlers', async () => {
  const { told, stderr } = await withSignals(`
    import { exec } from 'brood';
    signals.ignore('SIGHUP').ignore('SIGRTMIN+1').on('SIGUSR2', () => {});
    const script = 'while read name mask; do case $name in SigIgn:|SigCgt:|SigBlk:) ' +
      'printf "\\\\042$mask\\\\042\\\\n";; esac; done < /proc/self/status';
    exec('sh', ['-c', script]);
  `);
  const [blocked, ignored, caught] = told.map((mask) => BigInt(`0x${String(mask)}`));
  assert.equal(blocked, 0n, stderr);
  assert.equal(ignored, (1n << 0n) | (1n << 34n));
  assert.equal((caught ?? 0n) & (1n << 11n), 0n);
});

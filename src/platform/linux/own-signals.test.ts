import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { constants } from 'node:os';
import { afterEach, test } from 'node:test';
import { Worker } from 'node:worker_threads';

import { binding, type NativeAddon } from '../binding.ts';
import { createOwnSignals } from './own-signals.ts';

const loaded = binding().addon;
const skip = loaded === undefined ? 'no addon here' : false;
const signals = createOwnSignals(loaded as NativeAddon);
const { SIGUSR2, SIGWINCH, SIGPIPE, SIGTERM, SIGKILL, SIGSTOP, SIGQUIT } = constants.signals;
const carrier = 64;

afterEach(() => {
  if (skip === false) signals.unblock([SIGUSR2, SIGWINCH, SIGQUIT, 40]);
});

/** The mask of every thread that lets anything in, as /proc tells it. */
function masks(): bigint[] {
  const all = (1n << 31n) - 1n;
  return readdirSync('/proc/self/task')
    .map((thread) => readFileSync(`/proc/self/task/${thread}/status`, 'latin1'))
    .map((text) => BigInt(`0x${/SigBlk:\s*(\S+)/.exec(text)?.[1] ?? '0'}`))
    .filter((mask) => (mask & all) < 0x7000_0000n);
}

function handler(): void {
  // Being there is all it has to do.
}

function bit(number: number): bigint {
  return 1n << BigInt(number - 1);
}

test('block and unblock reach every thread', { skip }, () => {
  assert.ok(masks().length > 2);
  signals.block([SIGUSR2, 40]);
  assert.deepEqual(signals.blocked(), [SIGUSR2, 40]);
  for (const mask of masks()) assert.ok((mask & bit(SIGUSR2)) !== 0n && (mask & bit(40)) !== 0n);
  signals.unblock([40]);
  assert.deepEqual(signals.blocked(), [SIGUSR2]);
  for (const mask of masks()) assert.ok((mask & bit(SIGUSR2)) !== 0n && (mask & bit(40)) === 0n);
  signals.unblock([SIGUSR2]);
  assert.deepEqual(signals.blocked(), []);
  for (const mask of masks()) assert.equal(mask & bit(SIGUSR2), 0n);
});

test(
  'a thread that begins later has the mask too, and a worker changes it for all',
  { skip },
  async () => {
    signals.block([SIGUSR2]);
    const code = `
    import { parentPort } from 'node:worker_threads';
    import { binding } from ${JSON.stringify(new URL('../binding.js', import.meta.url).href)};
    const { addon } = binding();
    const before = addon.blockedSignals();
    addon.blockSignals([${SIGWINCH}]);
    parentPort.postMessage(before);
    parentPort.once('message', () => {});
  `;
    const worker = new Worker(new URL(`data:text/javascript,${encodeURIComponent(code)}`));
    try {
      const before = await new Promise((resolve, reject) => {
        worker.once('message', resolve).once('error', reject);
      });
      assert.deepEqual(before, [SIGUSR2]);
      assert.deepEqual(signals.blocked(), [SIGUSR2, SIGWINCH]);
      for (const mask of masks()) assert.notEqual(mask & bit(SIGWINCH), 0n);
    } finally {
      await worker.terminate();
    }
  },
);

test('a blocked signal waits, and comes when it is let in', { skip }, async () => {
  let came = 0;
  const count = (): void => void (came += 1);
  process.on('SIGUSR2', count);
  try {
    signals.block([SIGUSR2]);
    process.kill(process.pid, 'SIGUSR2');
    assert.deepEqual(signals.pending(), [SIGUSR2]);
    await new Promise((resolve) => setTimeout(resolve, 20));
    assert.equal(came, 0);
    // A handler alone does not keep the loop going.
    const busy = setInterval(() => undefined, 1000);
    const arrived = new Promise((resolve) => process.once('SIGUSR2', resolve));
    signals.unblock([SIGUSR2]);
    assert.deepEqual(signals.pending(), []);
    await arrived;
    clearInterval(busy);
    assert.equal(came, 1);
  } finally {
    process.off('SIGUSR2', count);
  }
});

test('what cannot be blocked is passed over, the carrier among it', { skip }, () => {
  signals.block([SIGKILL, SIGSTOP, carrier]);
  assert.deepEqual(signals.blocked(), []);
  assert.throws(() => signals.block([0]), { name: 'ProcessError', code: 'EINVAL' });
  assert.throws(() => signals.block([65]), { name: 'ProcessError', code: 'EINVAL' });
  assert.throws(() => signals.block([32]), { code: 'EINVAL' }, "the C library's own");
});

test('dispositions are those of the kernel', { skip }, async () => {
  assert.equal(signals.disposition(SIGPIPE), 'ignored', 'Node does that');
  assert.equal(signals.disposition(SIGTERM), 'default');
  assert.equal(signals.disposition(SIGQUIT), 'default');
  process.on('SIGQUIT', handler);
  assert.equal(signals.disposition(SIGQUIT), 'handled');
  signals.ignore(SIGQUIT);
  assert.equal(signals.disposition(SIGQUIT), 'ignored');
  process.kill(process.pid, 'SIGQUIT');
  signals.reset(SIGQUIT);
  assert.equal(signals.disposition(SIGQUIT), 'default');
  // Node did not hear of all this; a new first listener puts its handler back.
  process.off('SIGQUIT', handler);
  process.on('SIGQUIT', handler);
  assert.equal(signals.disposition(SIGQUIT), 'handled');
  process.off('SIGQUIT', handler);
  assert.equal(signals.disposition(SIGQUIT), 'default');
  assert.throws(() => signals.ignore(SIGKILL), { name: 'ProcessError', code: 'EINVAL' });
  assert.throws(() => signals.reset(65), { name: 'ProcessError', code: 'EINVAL' });
});

test('ignoring discards what is pending', { skip }, () => {
  signals.block([SIGWINCH, SIGUSR2]);
  process.kill(process.pid, 'SIGUSR2');
  assert.deepEqual(signals.pending(), [SIGUSR2]);
  signals.ignore(SIGUSR2);
  assert.deepEqual(signals.pending(), []);
  signals.reset(SIGUSR2);
});

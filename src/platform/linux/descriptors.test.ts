import assert from 'node:assert/strict';
import { writeSync } from 'node:fs';
import { test, type TestContext } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';

import { binding, type NativeAddon } from '../binding.ts';
import { createDescriptors } from './descriptors.ts';

const loaded = binding().addon;
const skip = loaded === undefined ? 'no addon here' : false;
const descriptors = createDescriptors(loaded as NativeAddon);

function closing<T extends number[]>(t: TestContext, fds: T): T {
  t.after(() => fds.forEach((fd) => descriptors.close(fd)));
  return fds;
}

function ready(fd: number, direction: 'read' | 'write'): Promise<void> {
  return new Promise((resolve) => descriptors.whenReady(fd, direction, resolve));
}

test('readiness comes when it is there, once, for each who waits', { skip }, async (t) => {
  const [readEnd, writeEnd] = closing(t, descriptors.pipe());
  const calls: string[] = [];
  descriptors.whenReady(readEnd, 'read', () => calls.push('first'));
  descriptors.whenReady(readEnd, 'read', () => calls.push('second'));
  await ready(writeEnd, 'write');
  assert.deepEqual(calls, []);
  writeSync(writeEnd, 'x');
  await ready(readEnd, 'read');
  await sleep(5);
  // In no order that anybody may count on.
  assert.deepEqual(new Set<string>(calls), new Set(['first', 'second']));
});

test('a hang-up counts as ready', { skip }, async (t) => {
  const [one, other] = descriptors.socketpair();
  closing(t, [one]);
  const waiting = ready(one, 'read');
  descriptors.close(other);
  await waiting;
  assert.equal(descriptors.receive(one, 10), 'closed');
});

test('a cancelled wait is not called, and may be cancelled again', { skip }, async (t) => {
  const [one, other] = closing(t, descriptors.socketpair());
  let called = false;
  const cancel = descriptors.whenReady(one, 'write', () => (called = true));
  cancel();
  cancel();
  await ready(other, 'write');
  await sleep(5);
  assert.equal(called, false);
});

test('a file is always ready, but never within the call', { skip }, async (t) => {
  const [fd] = closing(t, [descriptors.open('/etc/passwd', 'r', 0)]);
  let called = false;
  const waiting = new Promise<void>((resolve) => {
    descriptors.whenReady(fd, 'read', () => {
      called = true;
      resolve();
    });
  });
  assert.equal(called, false);
  await waiting;
});

test('a descriptor that is closed while it is waited for harms nobody', { skip }, async (t) => {
  const [one, other] = descriptors.socketpair();
  closing(t, [other]);
  const waiting = ready(one, 'read');
  descriptors.close(one);
  // The number now belongs to somebody else.
  closing(t, [descriptors.open('/dev/null', 'r', 0)]);
  assert.equal(descriptors.send(other, Buffer.from('x'), []), 1);
  await waiting;
});

test('what a callback throws is an uncaught exception', { skip }, async (t) => {
  const [one] = closing(t, descriptors.socketpair());
  const thrown = new Error('from the callback');
  const caught = new Promise((resolve) => process.setUncaughtExceptionCaptureCallback(resolve));
  descriptors.whenReady(one, 'write', () => {
    throw thrown;
  });
  assert.equal(await caught, thrown);
  process.setUncaughtExceptionCaptureCallback(null);
});

test('what is not open cannot be waited for', { skip }, () => {
  const bad = { name: 'ProcessError', code: 'EBADF' };
  assert.throws(() => descriptors.whenReady(999_999, 'read', () => undefined), bad);
  assert.throws(() => descriptors.close(999_999), bad);
  assert.throws(() => descriptors.type(-1), bad);
  assert.throws(() => descriptors.setCloseOnExec(999_999, true), bad);
});

test('send tells how many bytes went, and 0 when the socket is full', { skip }, (t) => {
  const [one, other] = closing(t, descriptors.socketpair());
  const data = Buffer.alloc(1_000_000, 'x');
  const first = descriptors.send(one, data, []);
  assert.ok(first > 0 && first < data.length);
  let sent = first;
  for (let more = -1; more !== 0; sent += more) more = descriptors.send(one, data, []);
  let received = 0;
  for (;;) {
    const message = descriptors.receive(other, 65_536);
    if (message === undefined || message === 'closed') break;
    received += message.data.length;
  }
  assert.equal(received, sent);
  assert.equal(descriptors.send(one, new Uint8Array(), [one]), 1);
  const last = descriptors.receive(other, 10);
  assert.ok(last !== undefined && last !== 'closed');
  closing(t, last.descriptors);
  assert.deepEqual([...last.data], [0]);
});

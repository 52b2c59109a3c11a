import assert from 'node:assert/strict';
import { test } from 'node:test';

import { FileDescriptor, open, pipe, socketpair } from 'brood';

import { closing } from '../harness/closing.ts';
import { descriptorsOf } from '../harness/proc.ts';

/** What an untyped caller may do. */
type Loose = (...args: unknown[]) => unknown;

const type = { name: 'TypeError', code: 'ERR_INVALID_ARG_TYPE' };
const value = { name: 'TypeError', code: 'ERR_INVALID_ARG_VALUE' };
const range = { name: 'RangeError', code: 'ERR_OUT_OF_RANGE' };

function make(fd: unknown): FileDescriptor {
  return new FileDescriptor(fd as number);
}

test('new FileDescriptor takes an open descriptor and nothing else', () => {
  for (const bad of [undefined, null, '3', 3n, {}, [], true, Symbol('fd')]) {
    assert.throws(() => make(bad), type);
  }
  for (const bad of [-1, 1.5, NaN, Infinity, 2 ** 31]) assert.throws(() => make(bad), range);
  assert.throws(() => make(999_999), { name: 'ProcessError', code: 'EBADF', syscall: 'fstat' });
});

test('open checks everything before it opens', () => {
  const before = [...descriptorsOf(process.pid).keys()];
  const loose = open as Loose;
  for (const bad of [undefined, null, 5, {}, [], true, Buffer.from('x')]) {
    assert.throws(() => loose(bad), { ...type, message: /^"path"/ });
  }
  for (const bad of ['', 'a\0b', '\0']) assert.throws(() => loose(bad), value);
  assert.throws(() => loose(new URL('http://example.com/')), { code: 'ERR_INVALID_URL_SCHEME' });
  for (const bad of ['', 'q', 'rw', 'R', 'r ', '+r']) {
    assert.throws(() => loose('/dev/null', bad), { ...value, message: /must be one of r, / });
  }
  for (const bad of [null, {}, true, []]) assert.throws(() => loose('/dev/null', bad), type);
  for (const bad of [-1, 1.5, NaN]) assert.throws(() => loose('/dev/null', bad), range);
  for (const bad of [null, '644', {}]) assert.throws(() => loose('/dev/null', 'r', bad), type);
  for (const bad of [-1, 0o10000, 1.5]) {
    assert.throws(() => loose('/dev/null', 'r', bad), { ...range, message: /^"mode"/ });
  }
  assert.deepEqual([...descriptorsOf(process.pid).keys()], before);
});

test('closeOnExec is a boolean', () => {
  using file = open('/dev/null');
  for (const bad of [1, 'true', null, undefined]) {
    assert.throws(() => (file.closeOnExec = bad as unknown as boolean), type);
  }
  assert.equal(file.closeOnExec, true);
});

test('send checks everything before it sends', async (t) => {
  const [a, b] = closing(t, ...socketpair());
  const send = a.send.bind(a) as Loose;
  const rejects = (error: object, ...args: unknown[]): Promise<void> =>
    assert.rejects(async () => send(...args), error);
  for (const bad of [undefined, null, 3, 'x', {}, new Set()]) {
    await rejects({ ...type, message: /^"descriptors"/ }, bad, 'data');
  }
  for (const bad of ['3', null, {}, undefined]) {
    await rejects({ ...type, message: /^"descriptors\[1\]"/ }, [1, bad], 'data');
  }
  for (const bad of [-1, 1.5, NaN]) await rejects(range, [bad]);
  await rejects({ ...range, message: /at most 253/ }, Array(254).fill(1));
  for (const bad of [5, null, {}, [1], new ArrayBuffer(1)]) {
    await rejects({ ...type, message: /^"data"/ }, [], bad);
  }
  for (const nothing of [undefined, '', new Uint8Array()]) await rejects(range, [], nothing);
  // Nothing of all that is on the wire.
  await a.send([], 'the first bytes');
  const { data, descriptors } = await b.receive();
  assert.equal(Buffer.from(data).toString(), 'the first bytes');
  assert.deepEqual(descriptors, []);
});

test('only a socket sends and receives', async (t) => {
  const { readEnd, writeEnd } = pipe();
  closing(t, readEnd, writeEnd);
  const notSocket = { name: 'ProcessError', code: 'ENOTSOCK' };
  await assert.rejects(() => writeEnd.send([readEnd]), { ...notSocket, syscall: 'sendmsg' });
  await assert.rejects(() => readEnd.receive(), { ...notSocket, syscall: 'recvmsg' });
});

test('what is sent must be open', async (t) => {
  const [a] = closing(t, ...socketpair());
  await assert.rejects(() => a.send([999_999]), { name: 'ProcessError', code: 'EBADF' });
});

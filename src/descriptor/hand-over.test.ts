import assert from 'node:assert/strict';
import { fstatSync } from 'node:fs';
import { test } from 'node:test';

import { platform } from '../platform/select.ts';
import type { FileDescriptor } from './file-descriptor.ts';
import { HandOver } from './hand-over.ts';
import { open } from './open.ts';
import { pipe } from './pipe.ts';

const skip = platform().name === 'linux' ? false : 'no pipes here';

function isOpen(fd: number): boolean {
  try {
    fstatSync(fd);
    return true;
  } catch {
    return false;
  }
}

/** A descriptor, its number, and a hand-over that has it. */
function handed(): { file: FileDescriptor; fd: number; handOver: HandOver } {
  const file = open('/dev/null');
  const handOver = new HandOver();
  const fd = handOver.add(file, 'stdin');
  assert.equal(fd, file.fd);
  return { file, fd, handOver };
}

const twice = { name: 'TypeError', code: 'ERR_INVALID_ARG_VALUE' };

test('what a child got is closed here, and cannot be given again', () => {
  const { file, fd, handOver } = handed();
  assert.equal(handOver.add(file, 'stdout'), fd, 'twice in one start');
  handOver.begin();
  assert.ok(isOpen(fd));
  assert.throws(() => new HandOver().add(file, 'options.stdin'), {
    ...twice,
    message: /^"options\.stdin" must be ours to give, but is being given to a child/,
  });
  handOver.done();
  assert.ok(!isOpen(fd));
  assert.ok(file.isClosed);
  file.close();
  assert.throws(() => file.fd, { code: 'EBADF', message: /it was given to a child$/ });
  assert.throws(() => new HandOver().add(file, 'stdin'), { ...twice, message: /given to a child/ });
});

test('what no child got stays ours', () => {
  const { file, fd, handOver } = handed();
  handOver.begin();
  handOver.undo();
  assert.ok(isOpen(fd));
  assert.equal(file.fd, fd);
  const second = new HandOver();
  second.add(file, 'stdin');
  second.begin();
  second.done();
  assert.ok(!isOpen(fd));
});

test('nothing happens before begin', () => {
  const { file, fd, handOver } = handed();
  handOver.undo();
  handOver.done();
  assert.ok(isOpen(fd));
  file.close();
  assert.ok(!isOpen(fd));
});

test('one that is closed while the child starts stays open until that is known', () => {
  for (const end of ['done', 'undo'] as const) {
    const { file, fd, handOver } = handed();
    handOver.begin();
    file.close();
    assert.ok(file.isClosed);
    assert.throws(() => file.fd, { message: /it was closed$/ });
    assert.ok(isOpen(fd));
    handOver[end]();
    assert.ok(!isOpen(fd), end);
    assert.ok(file.isClosed);
    assert.throws(() => file.fd, { message: /it was closed$/ });
  }
});

test('no stream takes what is being given to a child', { skip }, () => {
  const { readEnd, writeEnd } = pipe();
  const handOver = new HandOver();
  handOver.add(readEnd, 'stdin');
  handOver.begin();
  assert.throws(() => readEnd.readable(), { code: 'EBADF', message: /being given to a child$/ });
  using copy = readEnd.duplicate();
  assert.equal(copy.type, 'pipe');
  handOver.undo();
  readEnd.close();
  writeEnd.close();
});

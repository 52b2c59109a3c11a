import assert from 'node:assert/strict';
import { closeSync, openSync, readlinkSync, writeSync } from 'node:fs';
import { finished } from 'node:stream/promises';
import { test } from 'node:test';
import { inspect } from 'node:util';

import { FileDescriptor, open, pipe, socketpair } from 'brood';

import { closing } from '../harness/closing.ts';
import { inNode } from '../harness/in-node.ts';
import { descriptorsOf, until } from '../harness/proc.ts';

function target(fd: number): string | undefined {
  return descriptorsOf(process.pid).get(fd);
}

test('close closes once, and is harmless after that', () => {
  const { readEnd, writeEnd } = pipe();
  const { fd } = readEnd;
  const was = target(fd);
  readEnd.close();
  assert.notEqual(target(fd), was);
  assert.equal(readEnd.isClosed, true);
  // The number is free, and goes to the next who asks: a second close must not hit that one.
  using next = open('/dev/null');
  assert.equal(next.fd, fd);
  readEnd.close();
  readEnd[Symbol.dispose]();
  assert.equal(target(next.fd), '/dev/null');
  writeEnd.close();
});

test('the end of a scope closes', async () => {
  const before = descriptorsOf(process.pid).size;
  {
    using a = open('/dev/null');
    await using b = open('/dev/null');
    assert.equal(descriptorsOf(process.pid).size, before + 2);
    assert.notEqual(a.fd, b.fd);
  }
  assert.equal(descriptorsOf(process.pid).size, before);
});

test('every use after close is an error that names the descriptor and its fate', async (t) => {
  const [a, b] = socketpair();
  closing(t, b);
  const { fd } = a;
  a.close();
  const gone = {
    name: 'ProcessError',
    code: 'EBADF',
    message: `descriptor ${fd} cannot be used: it was closed`,
  };
  assert.throws(() => a.fd, gone);
  assert.throws(() => a.type, gone);
  assert.throws(() => a.readable(), gone);
  assert.throws(() => a.writable(), gone);
  assert.throws(() => a.duplex(), gone);
  assert.throws(() => a.duplicate(), gone);
  assert.throws(() => a.closeOnExec, gone);
  assert.throws(() => (a.closeOnExec = false), gone);
  await assert.rejects(() => a.send([], 'x'), gone);
  await assert.rejects(() => a.receive(), gone);
  await assert.rejects(() => b.send([a]), {
    name: 'TypeError',
    code: 'ERR_INVALID_ARG_VALUE',
    message: /^"descriptors\[0\]" must be ours to give, but was closed/,
  });
  assert.equal(inspect(a), 'FileDescriptor { closed }');
  assert.equal(inspect(b), `FileDescriptor { ${b.fd} }`);
});

test('a stream that is taken owns the descriptor', async () => {
  const { readEnd, writeEnd } = pipe();
  const { fd } = readEnd;
  const stream = readEnd.readable();
  assert.equal(readEnd.isClosed, true);
  const given = { name: 'ProcessError', code: 'EBADF', message: /it was given to a stream$/ };
  assert.throws(() => readEnd.fd, given);
  assert.throws(() => readEnd.readable(), given);
  readEnd.close();
  assert.match(target(fd) ?? '', /^pipe:/, 'close() leaves the stream alone');
  const pipeOf = target(fd);
  stream.destroy();
  await until(() => target(fd) !== pipeOf, 'the destroyed stream to close');
  writeEnd.close();
});

test('a stream that is destroyed early closes the file it was given', async () => {
  const file = open('/dev/zero');
  const { fd } = file;
  const stream = file.readable();
  await new Promise((resolve) => stream.once('data', resolve));
  stream.destroy();
  await finished(stream).catch((error: NodeJS.ErrnoException) => {
    assert.equal(error.code, 'ERR_STREAM_PREMATURE_CLOSE');
  });
  await until(() => target(fd) !== '/dev/zero', 'the destroyed stream to close');
});

test('a duplicate is another owner of the same open file', () => {
  const { readEnd, writeEnd } = pipe();
  const copy = writeEnd.duplicate();
  assert.notEqual(copy.fd, writeEnd.fd);
  assert.equal(target(copy.fd), target(writeEnd.fd));
  assert.equal(copy.closeOnExec, true);
  writeEnd.close();
  assert.equal(writeSync(copy.fd, 'x'), 1);
  copy.close();
  readEnd.close();
});

test('closeOnExec decides whether a new program gets it', () => {
  using file = open('/dev/null');
  assert.equal(file.closeOnExec, true);
  file.closeOnExec = false;
  assert.equal(file.closeOnExec, false);
  file.closeOnExec = true;
  assert.equal(file.closeOnExec, true);
});

test('a number of somebody else can be taken over', () => {
  const fd = openSync('/dev/null', 'r');
  const taken = new FileDescriptor(fd);
  assert.equal(taken.fd, fd);
  assert.equal(taken.type, 'characterDevice');
  taken.close();
  assert.throws(() => closeSync(fd), { code: 'EBADF' });
});

test('an owner learns that the number was closed behind its back', () => {
  const file = open('/dev/null');
  closeSync(file.fd);
  assert.throws(() => file.type, { name: 'ProcessError', code: 'EBADF', syscall: 'fstat' });
  assert.throws(() => file.close(), { name: 'ProcessError', code: 'EBADF', syscall: 'close' });
  assert.equal(file.isClosed, true);
  file.close();
});

test('what was dropped is closed when memory is collected; what a stream owns is not', async () => {
  const { code, stderr } = await inNode(`
    import { readdirSync, readlinkSync } from 'node:fs';
    import { setTimeout as sleep } from 'node:timers/promises';
    import { setFlagsFromString } from 'node:v8';
    import { runInNewContext } from 'node:vm';
    import { pipe } from 'brood';
    setFlagsFromString('--expose-gc');
    const collect = runInNewContext('gc');
    const inode = (end) => readlinkSync('/proc/self/fd/' + end.fd);
    const open = (pipe) => readdirSync('/proc/self/fd').filter((fd) => {
      try { return readlinkSync('/proc/self/fd/' + fd) === pipe; } catch { return false; }
    }).length;
    const dropped = (() => inode(pipe().readEnd))();
    const streams = (() => {
      const { readEnd, writeEnd } = pipe();
      return { pipe: inode(readEnd), read: readEnd.readable(), write: writeEnd.writable() };
    })();
    const deadline = Date.now() + 20_000;
    while (open(dropped) > 0) {
      if (Date.now() > deadline) throw new Error('still open: ' + dropped);
      collect();
      await sleep(5);
    }
    for (let i = 0; i < 5; i += 1) { collect(); await sleep(1); }
    if (open(streams.pipe) !== 2) throw new Error('closed under a stream');
    streams.write.end('still works');
    let text = '';
    for await (const chunk of streams.read) text += chunk;
    if (text !== 'still works') throw new Error(text);
  `);
  assert.equal(stderr, '');
  assert.equal(code, 0);
});

test('descriptors are never 0, 1 or 2 of a program that lacks them', async () => {
  const { code, stderr } = await inNode(
    `import { open } from 'brood';
     import { closeSync } from 'node:fs';
     const file = open('/dev/null');
     closeSync(0);
     const copy = file.duplicate();
     process.exitCode = copy.fd > 2 ? 0 : 1;`,
  );
  assert.equal(stderr, '');
  assert.equal(code, 0);
});

test('the number stays the same open file while the owner has it', () => {
  using file = open('/etc/passwd');
  assert.equal(readlinkSync(`/proc/self/fd/${file.fd}`), '/etc/passwd');
});

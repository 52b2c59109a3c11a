import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { fstatSync, readSync, writeSync } from 'node:fs';
import { test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';

import { pipe } from 'brood';

import { closing } from '../harness/closing.ts';
import { descriptorsOf, until } from '../harness/proc.ts';

test('a pipe is one of the kernel, both ends close-on-exec', (t) => {
  const { readEnd, writeEnd } = pipe();
  closing(t, readEnd, writeEnd);
  assert.match(descriptorsOf(process.pid).get(readEnd.fd) ?? '', /^pipe:\[\d+\]$/);
  assert.equal(readEnd.type, 'pipe');
  assert.equal(readEnd.closeOnExec, true);
  assert.equal(writeEnd.closeOnExec, true);
  assert.equal(writeSync(writeEnd.fd, 'bytes'), 5);
  const buffer = Buffer.alloc(10);
  assert.equal(readSync(readEnd.fd, buffer), 5);
  assert.equal(buffer.toString('utf8', 0, 5), 'bytes');
});

test('what one end writes the other end reads, to the end', async () => {
  const { readEnd, writeEnd } = pipe();
  const numbers = [readEnd.fd, writeEnd.fd];
  writeEnd.writable().end('one\ntwo\n');
  const chunks: Buffer[] = [];
  for await (const chunk of readEnd.readable()) chunks.push(chunk as Buffer);
  assert.equal(Buffer.concat(chunks).toString(), 'one\ntwo\n');
  for (const fd of numbers) {
    await until(() => !isPipe(fd), `the stream of descriptor ${fd} to close it`);
  }
});

function isPipe(fd: number): boolean {
  return (descriptorsOf(process.pid).get(fd) ?? '').startsWith('pipe:');
}

test('10 MB go through with backpressure, and arrive as they were', async () => {
  const { readEnd, writeEnd } = pipe();
  const writable = writeEnd.writable();
  const readable = readEnd.readable();
  const chunk = Buffer.alloc(65_536);
  const total = 160;
  const sent = createHash('sha256');
  let written = 0;
  const writing = (async () => {
    for (; written < total; written += 1) {
      chunk.fill(written);
      chunk.writeUInt32LE(written * 7919);
      sent.update(chunk);
      const copy = Buffer.from(chunk);
      if (!writable.write(copy)) {
        await new Promise((resolve) => writable.once('drain', resolve));
      }
    }
    writable.end();
  })();
  // Nobody reads: the pipe (64 KiB) and the buffer of the reading stream fill, then all stands still.
  let before = -1;
  await until(async () => {
    for (let i = 0; i < 20; i += 1) await turn();
    const still = before === written;
    before = written;
    return still && written > 0;
  }, 'the writer to stand still');
  assert.ok(written < 8, `${written} chunks of 64 KiB went into a pipe that nobody reads`);

  const received = createHash('sha256');
  let bytes = 0;
  for await (const part of readable) {
    received.update(part as Buffer);
    bytes += (part as Buffer).length;
  }
  await writing;
  assert.equal(bytes, total * chunk.length);
  assert.equal(received.digest('hex'), sent.digest('hex'));
});

test('a writer whose reader has gone gets EPIPE, and lives', async () => {
  const { readEnd, writeEnd } = pipe();
  readEnd.close();
  const writable = writeEnd.writable();
  const failed = new Promise<NodeJS.ErrnoException>((resolve) => writable.once('error', resolve));
  writable.write('nobody reads this');
  assert.equal((await failed).code, 'EPIPE');
});

test('each end is a stream for its own way only', (t) => {
  const { readEnd, writeEnd } = pipe();
  closing(t, readEnd, writeEnd);
  const wrongWay = { name: 'ProcessError', code: 'EBADF' };
  assert.throws(() => readEnd.writable(), { ...wrongWay, message: /open for reading only/ });
  assert.throws(() => writeEnd.readable(), { ...wrongWay, message: /open for writing only/ });
  assert.throws(() => readEnd.duplex(), { name: 'UnsupportedError', message: /is a pipe/ });
  using copy = writeEnd.duplicate();
  assert.throws(() => copy.readable(), wrongWay);
  // A refused stream takes nothing away.
  assert.equal(readEnd.isClosed, false);
  assert.ok(fstatSync(readEnd.fd).isFIFO());
});

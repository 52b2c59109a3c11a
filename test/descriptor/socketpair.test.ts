import assert from 'node:assert/strict';
import { closeSync, readFileSync, readSync, writeSync } from 'node:fs';
import { test } from 'node:test';

import { type FileDescriptor, open, pipe, socketpair } from 'brood';

import { closing } from '../harness/closing.ts';
import { inNode } from '../harness/in-node.ts';
import { descriptorsOf } from '../harness/proc.ts';

function text(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString();
}

test('both ends are streams for both ways', async () => {
  const [a, b] = socketpair();
  assert.equal(a.type, 'socket');
  assert.equal(a.closeOnExec, true);
  const ours = a.duplex();
  const theirs = b.duplex();
  theirs.on('data', (chunk: Buffer) => theirs.write(chunk.toString().toUpperCase()));
  theirs.once('end', () => theirs.end());
  ours.write('up ');
  ours.end('and down');
  let answer = '';
  for await (const chunk of ours) answer += String(chunk);
  assert.equal(answer, 'UP AND DOWN');
});

test('an open file travels with its bytes', async (t) => {
  const [a, b] = closing(t, ...socketpair());
  const { readEnd, writeEnd } = pipe();
  const sentTarget = descriptorsOf(process.pid).get(readEnd.fd);
  const waiting = b.receive();
  await a.send([readEnd], 'read from it');
  const { data, descriptors } = await waiting;
  assert.equal(text(data), 'read from it');
  const [received] = descriptors as [FileDescriptor];
  assert.equal(descriptors.length, 1);
  assert.notEqual(received.fd, readEnd.fd);
  assert.equal(descriptorsOf(process.pid).get(received.fd), sentTarget);
  assert.equal(received.closeOnExec, true);
  // What was sent is still ours.
  readEnd.close();
  writeEnd.writable().end('through the pipe');
  let got = '';
  for await (const chunk of received.readable()) got += String(chunk);
  assert.equal(got, 'through the pipe');
});

test('descriptors without bytes, numbers, many, and the same twice', async (t) => {
  const [a, b] = closing(t, ...socketpair());
  using file = open('/dev/null');
  await a.send([file, file.fd]);
  const two = await b.receive();
  assert.equal(two.data.length, 0);
  assert.equal(two.descriptors.length, 2);
  for (const each of two.descriptors) each.close();

  await a.send(Array(253).fill(file), new Uint8Array([1, 2, 3]));
  const most = await b.receive();
  assert.deepEqual([...most.data], [1, 2, 3]);
  assert.equal(new Set(most.descriptors.map(({ fd }) => fd)).size, 253);
  for (const each of most.descriptors) each.close();
});

test('messages with descriptors arrive one by one, in order', async (t) => {
  const [a, b] = closing(t, ...socketpair());
  using file = open('/dev/null');
  const waiting = Array.from({ length: 20 }, () => b.receive());
  await Promise.all(Array.from({ length: 20 }, (_, i) => a.send([file], `message ${i}`)));
  for (const [i, each] of (await Promise.all(waiting)).entries()) {
    assert.equal(text(each.data), `message ${i}`);
    assert.equal(each.descriptors.length, 1);
    each.descriptors[0]?.close();
  }
});

test('a send waits while the socket is full; no byte and no descriptor is lost', async (t) => {
  const [a, b] = closing(t, ...socketpair());
  using file = open('/dev/null');
  const data = Buffer.alloc(4_000_000, 'abcdefg');
  let done = false;
  const sending = a.send([file], data).then(() => (done = true));
  const next = a.send([file], 'after it');
  const first = await b.receive();
  assert.equal(first.descriptors.length, 1);
  assert.equal(done, false, '4 MB do not fit into a socket');
  first.descriptors[0]?.close();
  const chunks = [first.data];
  let bytes = first.data.length;
  while (bytes < data.length + 8) {
    const part = await b.receive();
    bytes += part.data.length;
    chunks.push(part.data);
    for (const each of part.descriptors) each.close();
  }
  await Promise.all([sending, next]);
  assert.equal(text(Buffer.concat(chunks)), `${String(data)}after it`);
});

test('the data may be changed once it is given to send', async (t) => {
  const [a, b] = closing(t, ...socketpair());
  const bytes = Buffer.from('as it was');
  const sent = a.send([], bytes);
  bytes.fill('!');
  await sent;
  assert.equal(text((await b.receive()).data), 'as it was');
});

test('the end of the stream is a message with nothing in it', async (t) => {
  const [a, b] = socketpair();
  closing(t, b);
  await a.send([], 'last');
  a.close();
  assert.equal(text((await b.receive()).data), 'last');
  for (let i = 0; i < 2; i += 1) {
    assert.deepEqual(await b.receive(), { data: new Uint8Array(), descriptors: [] });
  }
  await assert.rejects(() => b.send([], 'to nobody'), { name: 'ProcessError', code: 'EPIPE' });
});

test('close ends what waits, on this end only', async () => {
  const [a, b] = socketpair();
  const { fd } = a;
  const receiving = a.receive();
  const second = a.receive();
  const sending = a.send([], Buffer.alloc(4_000_000));
  const gone = { code: 'EBADF', message: `descriptor ${fd} cannot be used: it was closed` };
  const rejections = [receiving, second, sending].map((each) => assert.rejects(each, gone));
  await new Promise(setImmediate);
  a.close();
  await Promise.all(rejections);
  assert.ok(text((await b.receive()).data).length > 0, 'what had gone out arrives');
  b.close();
});

test('a descriptor that is closed before its turn fails its own send only', async (t) => {
  const [a, b] = closing(t, ...socketpair());
  const file = open('/dev/null');
  const first = a.send([], Buffer.alloc(1_000_000));
  const second = a.send([file], 'with a file');
  const third = a.send([], 'the end');
  const refused = assert.rejects(second, { code: 'EBADF', message: /was closed$/ });
  file.close();
  let received = '';
  while (!received.endsWith('the end')) received += text((await b.receive()).data);
  await Promise.all([first, refused, third]);
  assert.equal(received.length, 1_000_007);
});

test('without room for the descriptors receive fails, and keeps none', async () => {
  const { code, stderr } = await inNode(
    `import assert from 'node:assert/strict';
     import { readdirSync } from 'node:fs';
     import { open, socketpair } from 'brood';
     const [a, b] = socketpair();
     const files = [open('/dev/null')];
     await a.send(Array(20).fill(files[0]), 'too many');
     await a.send([], 'x');
     try { while (true) files.push(open('/dev/null')); } catch (error) { assert.equal(error.code, 'EMFILE'); }
     for (const each of files.splice(-5)) each.close();
     await assert.rejects(b.receive(), { name: 'ProcessError', code: 'EMFILE', syscall: 'recvmsg' });
     for (let i = 0; i < 4; i += 1) files.push(open('/dev/null'));
     for (const each of files.splice(0)) each.close();
     assert.equal((await b.receive()).data.length, 1);
     a.close();
     b.close();`,
    { wrap: ['sh', '-c', 'ulimit -n 128; exec "$@"', 'sh'] },
  );
  assert.equal(stderr, '');
  assert.equal(code, 0);
});

test('waiting leaves the descriptor blocking for others who have it', async (t) => {
  const [a, b] = socketpair();
  closing(t, b);
  const receiving = a.receive();
  await new Promise(setImmediate);
  const info = readFileSync(`/proc/self/fdinfo/${a.fd}`, 'utf8');
  const flags = Number.parseInt(/flags:\s*(\d+)/.exec(info)?.[1] ?? '', 8);
  assert.equal(flags & 0o4000, 0, 'O_NONBLOCK');
  await b.send([], 'now');
  assert.equal(text((await receiving).data), 'now');
  a.close();
});

test('a worker that is terminated while it waits takes nothing down', async () => {
  const { code, stdout, stderr } = await inNode(`
    import { Worker } from 'node:worker_threads';
    const code = \`
      import { parentPort } from 'node:worker_threads';
      import { socketpair } from 'brood';
      const [a, b] = socketpair();
      a.receive();
      b.receive();
      a.send([], Buffer.alloc(4_000_000));
      setImmediate(() => parentPort.postMessage('waiting'));
    \`;
    // From a data: URL a package cannot be found by its name.
    const whole = code.replace('brood', import.meta.resolve('brood'));
    const script = new URL('data:text/javascript,' + encodeURIComponent(whole));
    for (let i = 0; i < 3; i += 1) {
      const worker = new Worker(script);
      await new Promise((resolve, reject) => worker.once('message', resolve).once('error', reject));
      await worker.terminate();
    }
    console.log('alive');
  `);
  assert.equal(stderr, '');
  assert.equal(stdout, 'alive\n');
  assert.equal(code, 0);
});

test('a wait keeps the program alive, as a read does', async () => {
  const { code, stdout } = await inNode(`
    import { socketpair } from 'brood';
    const [a, b] = socketpair();
    setTimeout(() => b.send([], 'late'), 50).unref();
    a.receive().then(({ data }) => console.log(String(Buffer.from(data))));
  `);
  assert.equal(stdout, 'late\n');
  assert.equal(code, 0);
});

test('a raw number of an end works with node:fs', (t) => {
  const [a, b] = closing(t, ...socketpair());
  writeSync(a.fd, 'plain');
  const buffer = Buffer.alloc(5);
  assert.equal(readSync(b.fd, buffer), 5);
  assert.equal(String(buffer), 'plain');
  const copy = a.duplicate();
  closeSync(copy.fd);
  assert.throws(() => copy.close(), { code: 'EBADF' });
});

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { Channel, ChannelError, fork, open, spawn, type Child, type FileDescriptor } from 'brood';
import { Channel as SameChannel } from 'brood/shared';

import { inNode } from '../harness/in-node.ts';
import { root } from '../harness/root.ts';
import { rejection } from '../harness/task-methods.ts';

/** A program that has the other end as its descriptor 3. */
function program(code: string, theirs: FileDescriptor): Promise<Child> {
  const prelude = `import { Channel } from 'brood/shared'; const channel = Channel.from(3);\n`;
  return spawn(process.execPath, ['--input-type=module', '-e', prelude + code], {
    cwd: root,
    fds: { 3: theirs },
    stdin: 'ignore',
    stdout: 'ignore',
    stderr: 'inherit',
  });
}

test('the doors have the same class', () => assert.equal(SameChannel, Channel));

test('two programs that only share a socket', async () => {
  const [channel, theirs] = Channel.pair<string, number>();
  const child = await program(
    `for await (const n of channel) await channel.send('got ' + n);`,
    theirs,
  );
  assert.ok(theirs.isClosed);
  await channel.send(7);
  assert.equal(await channel.receive(), 'got 7');
  channel.close();
  assert.equal((await child.wait()).code, 0);
});

test('a forked child', async () => {
  const [channel, theirs] = Channel.pair<number, number>();
  const child = await fork(async () => {
    const own = Channel.from<number, number>(theirs);
    await own.send(((await own.receive()) ?? 0) + 1);
    own.close();
  });
  theirs.close();
  await channel.send(1);
  assert.equal(await channel.receive(), 2);
  assert.equal(await channel.receive(), undefined);
  assert.equal((await child.wait()).code, 0);
  channel.close();
});

test('one that dies in the middle of a message is named, also to who waits for an answer', async () => {
  const [channel, theirs] = Channel.pair();
  const child = await program(
    `void channel.send(new Uint8Array(80_000_000));
     process.kill(process.pid, 'SIGKILL');`,
    theirs,
  );
  const errors = await Promise.all([
    rejection(channel.request('?')),
    rejection(channel.receive()),
    rejection(channel.serve(() => {})),
  ]);
  for (const error of errors as ChannelError[]) {
    assert.ok(error instanceof ChannelError);
    assert.equal(error.code, 'ERR_CHANNEL_BROKEN');
    assert.equal(error.message, `process ${child.pid} ended in the middle of a message`);
  }
  await child.wait();
  channel.close();
});

test('64 MB and more take their own size here, and not much more', async () => {
  const { stdout } = await inNode(
    `import { readFileSync } from 'node:fs';
     import { task, taskChannel } from 'brood';
     const peak = () => Number(/VmHWM:\\s+(\\d+)/.exec(readFileSync('/proc/self/status', 'latin1'))[1]) / 1024;
     const t = await task(async () => {
       const bytes = new Uint8Array(128 * 1048576).fill(1);
       const before = peak();
       await taskChannel().send(bytes);
       return peak() - before;
     });
     const before = peak();
     const bytes = await t.channel.receive();
     const here = peak() - before;
     console.log(JSON.stringify([bytes.length / 1048576, here, await t.result]));`,
  );
  const [size, here, there] = JSON.parse(stdout) as [number, number, number];
  assert.equal(size, 128);
  assert.ok(here < 128 * 1.8, `${here} MiB to receive`);
  assert.ok(there < 128 * 0.4, `${there} MiB to send`);
});

test('something else than messages is no crash, but an error that says so', async () => {
  for (const bytes of [Buffer.alloc(100, 7), evil()]) {
    const [channel, theirs] = Channel.pair();
    const stream = theirs.writable();
    stream.write(bytes);
    const error = (await rejection(channel.receive())) as ChannelError;
    assert.equal(error.code, 'ERR_CHANNEL_CORRUPT');
    stream.destroy();
    channel.close();
  }
});

/** A header as it should be, with a length that cannot be. */
function evil(): Buffer {
  const header = Buffer.alloc(24);
  header.writeUInt32LE(0x62_72_64_31, 0);
  header.writeDoubleLE(2 ** 52, 16);
  return header;
}

test('what is no socket is refused', () => {
  using file = open('/dev/null', 'r');
  assert.throws(() => Channel.from(file), { code: 'ERR_INVALID_ARG_VALUE', message: /a socket/ });
  assert.throws(() => Channel.from('3' as never), { code: 'ERR_INVALID_ARG_TYPE' });
  assert.throws(() => Channel.from(999), { code: 'EBADF' });
});

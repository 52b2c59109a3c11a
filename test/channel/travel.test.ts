import assert from 'node:assert/strict';
import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { test, type TestContext } from 'node:test';
import { pathToFileURL } from 'node:url';

import { Channel, FileDescriptor, open, pipe, socketpair, task, taskChannel } from 'brood';
import { SharedMemory } from 'brood/shared';

import { closing } from '../harness/closing.ts';
import { fixture } from '../harness/fixture.ts';
import { inNode } from '../harness/in-node.ts';
import { descriptorsOf, until } from '../harness/proc.ts';
import { eachMethod, rejection } from '../harness/task-methods.ts';

const talk = pathToFileURL(fixture('channel-talk'));

function ends(t: TestContext): [Channel, Channel] {
  const [one, other] = socketpair();
  const both: [Channel, Channel] = [Channel.from(one), Channel.from(other)];
  t.after(() => both.forEach((each) => each.close()));
  return both;
}

/** Waits until no descriptor is open that was not before. */
async function nothingBeside(before: ReadonlyMap<number, string>): Promise<void> {
  const isNew = ([fd, target]: [number, string]): boolean => before.get(fd) !== target;
  await until(() => ![...descriptorsOf(process.pid)].some(isNew), 'descriptors to be closed');
}

eachMethod('open files and memory as parts of a message, to a task and back', async (start, t) => {
  const [memory] = closing(t, new SharedMemory(64));
  const { readEnd, writeEnd } = pipe();
  const run = await start().module<typeof import('../fixtures/channel-talk.ts')>(
    talk,
    'useWhatComes',
  );
  await run.channel.send({ files: [writeEnd], by: new Map([['memory', memory]]) });
  assert.ok(!writeEnd.isClosed);
  writeEnd.close();
  let text = '';
  for await (const chunk of readEnd.readable()) text += String(chunk);
  assert.equal(text, 'written elsewhere');
  const { again } = (await run.channel.receive()) as { again: SharedMemory };
  const [same] = closing(t, again);
  assert.equal(new Uint8Array(same.buffer)[3], 42);
  assert.ok(same instanceof SharedMemory && same.buffer !== memory.buffer);
  await run.result;
});

test('wherever it stands in the value, each once, and the rest as it is', async (t) => {
  const [one, other] = ends(t);
  const [file] = closing(t, open('/dev/null', 'r'));
  const value: Record<string, unknown> = {
    // oxlint-disable-next-line no-sparse-arrays -- a hole stays one
    list: [1, , file],
    map: new Map<unknown, unknown>([
      ['a', file],
      [file, 'b'],
    ]),
    set: new Set([file, 'x']),
    error: new Error('with', { cause: file }),
    bytes: new Uint8Array(100_000).fill(7),
    empty: new Uint8Array(),
  };
  value['self'] = value;
  await one.send(value);
  const got = (await other.receive()) as typeof value & {
    list: unknown[];
    map: Map<unknown, unknown>;
    set: Set<unknown>;
    error: Error;
  };
  const [copy] = closing(t, got.list[2] as FileDescriptor);
  assert.ok(copy instanceof FileDescriptor && copy.fd !== file.fd);
  assert.deepEqual(Object.keys(got.list), ['0', '2']);
  assert.equal(got.map.get('a'), copy);
  assert.deepEqual([...got.map.keys()], ['a', copy]);
  assert.deepEqual([...got.set], [copy, 'x']);
  assert.equal(got.error.cause, copy);
  assert.equal(got['self'], got);
  assert.deepEqual([got['bytes'], got['empty']], [value['bytes'], value['empty']]);
});

test('the value itself; one file, with one offset; in order with other messages', async (t) => {
  const [one, other] = ends(t);
  const [file] = closing(t, open(process.execPath, 'r'));
  for (let i = 0; i < 20; i++) {
    void one.send(i);
    void one.send(file);
  }
  file.close();
  for (let i = 0; i < 20; i++) {
    assert.equal(await other.receive(), i);
    const [copy] = closing(t, (await other.receive()) as FileDescriptor);
    const byte = Buffer.alloc(1);
    readSync(copy.fd, byte);
    assert.equal(byte.toString('latin1'), '\x7fELF'[i] ?? byte.toString('latin1'));
  }
});

test('both ways at once, with large messages around', async (t) => {
  const [one, other] = ends(t);
  const large = new Uint8Array(3_000_000).fill(1);
  const exchange = async (from: Channel): Promise<number> => {
    const sending = (async () => {
      for (let i = 0; i < 10; i++) {
        using file = open('/dev/null', 'r');
        await from.send([i, large, file]);
      }
    })();
    let sum = 0;
    for (let i = 0; i < 10; i++) {
      const [n, bytes, file] = (await from.receive()) as [number, Uint8Array, FileDescriptor];
      assert.ok(fstatSync(file.fd).isCharacterDevice());
      file.close();
      sum += n + bytes.length;
    }
    await sending;
    return sum;
  };
  assert.deepEqual(await Promise.all([exchange(one), exchange(other)]), [30_000_045, 30_000_045]);
});

test('as many as the kernel takes; one more is refused, and all goes on', async (t) => {
  const [one, other] = ends(t);
  const before = descriptorsOf(process.pid);
  const files = Array.from({ length: 254 }, () => open('/dev/null', 'r'));
  await assert.rejects(one.send(files), { name: 'RangeError', message: /at most 253.*254/ });
  await one.send(files.slice(1));
  const got = (await other.receive()) as FileDescriptor[];
  assert.equal(got.length, 253);
  for (const each of [...files, ...got]) each.close();
  await nothingBeside(before);
});

test('what is closed, or beside what cannot be cloned, is refused and leaves nothing', async (t) => {
  const [one, other] = ends(t);
  const before = descriptorsOf(process.pid);
  const file = open('/dev/null', 'r');
  await assert.rejects(one.send([file, () => {}]), { name: 'DataCloneError' });
  file.close();
  await assert.rejects(one.send(file), { code: 'EBADF' });
  await nothingBeside(before);
  await one.send('goes on');
  assert.equal(await other.receive(), 'goes on');
});

test('elsewhere than in a channel it cannot be cloned', async (t) => {
  const [memory] = closing(t, new SharedMemory(8));
  const run = await task(() => memory);
  await assert.rejects(run.result, {
    code: 'ERR_TASK_UNCLONABLE',
    message: /SharedMemory.*Channel only/,
  });
});

test('in a request and its answer', async (t) => {
  const [one, other] = ends(t);
  const served = other.serve((file) => file);
  const [file] = closing(t, open('/dev/null', 'r'));
  const [back] = closing(t, await one.request<FileDescriptor>(file));
  assert.ok(fstatSync(back.fd).isCharacterDevice());
  one.close();
  await served;
});

test('a message that nobody takes any more leaks nothing', async (t) => {
  const before = descriptorsOf(process.pid);
  const [one, other] = ends(t);
  using file = open('/dev/null', 'r');
  const sent = Promise.allSettled([one.send([file]), one.request(file, { timeout: 50 })]);
  other.close();
  await sent;
  one.close();
  file.close();
  await nothingBeside(before);
});

test('a receiver that dies, and a sender that dies in the middle', async (t) => {
  const before = descriptorsOf(process.pid);
  const receiver = await task(async () => {
    await taskChannel().receive();
    process.kill(process.pid, 'SIGKILL');
  });
  using file = open('/dev/null', 'r');
  await receiver.channel.send('go');
  const outcomes = await Promise.allSettled(
    Array.from({ length: 50 }, () => receiver.channel.send([file, new Uint8Array(100_000)])),
  );
  assert.ok(outcomes.some(({ status }) => status === 'rejected'));
  await rejection(receiver.result);
  const sender = await task(async () => {
    const own = openSync('/dev/null', 'r');
    void taskChannel().send([new FileDescriptor(own), new Uint8Array(64_000_000)]);
    setTimeout(() => process.kill(process.pid, 'SIGKILL'), 5);
    await new Promise(() => {});
  });
  const error = await rejection(
    (async () => {
      for await (const each of sender.channel) assert.fail(String(each));
      throw new Error('it ended as if nothing had been sent');
    })(),
  );
  assert.match(
    String(error),
    new RegExp(`process ${sender.pid}\\) ended in the middle|as if nothing`),
  );
  await rejection(sender.result);
  file.close();
  await nothingBeside(before);
  assert.ok(t.name.length > 0);
});

test('a receiver without room for descriptors: an error, and nothing hangs', async () => {
  const { stdout, code, stderr } = await inNode(
    `import { open, task, taskChannel } from 'brood';
     const t = await task(async () => {
       const files = Array.from({ length: 10 }, () => open('/dev/null', 'r'));
       await taskChannel().receive();
       await taskChannel().send(files);
     });
     await t.channel.send('go');
     const hoard = [];
     try { for (;;) hoard.push(open('/dev/null', 'r')); } catch {}
     hoard.pop()?.close();
     hoard.pop()?.close();
     const error = await t.channel.receive().catch((reason) => reason);
     for (const each of hoard) each.close();
     console.log(error.code, error.cause?.code);`,
    { wrap: ['prlimit', '--nofile=200:200'] },
  );
  assert.equal(code, 0, stderr);
  assert.equal(stdout.trim(), 'ERR_CHANNEL_BROKEN EMFILE');
});

test('numbers of descriptors are numbers', async (t) => {
  const [one, other] = ends(t);
  const fd = openSync('/dev/null', 'r');
  await one.send(fd);
  assert.equal(await other.receive(), fd);
  closeSync(fd);
});

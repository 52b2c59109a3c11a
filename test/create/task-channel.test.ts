import assert from 'node:assert/strict';
import { test } from 'node:test';
import { pathToFileURL } from 'node:url';

import { taskChannel } from 'brood';

import { fixture } from '../harness/fixture.ts';
import { inNode } from '../harness/in-node.ts';
import { eachMethod } from '../harness/task-methods.ts';

const work = pathToFileURL(fixture('task-talk'));
type Talk = typeof import('../fixtures/task-talk.ts');

eachMethod('a task and its program talk both ways until one of them closes', async (start) => {
  await using t = await start().module<Talk, 'double'>(work, 'double');
  for (let n = 0; n < 100; n++) {
    await t.channel.send(n);
    assert.equal(await t.channel.receive(), n * 2);
  }
  t.channel.close();
  assert.equal(await t.result, 100);
  await assert.rejects(t.channel.send(1), { name: 'ChannelError', code: 'ERR_CHANNEL_CLOSED' });
});

eachMethod(
  'what cannot be cloned is refused on both sides, and the channel lives',
  async (start) => {
    await using t = await start().module<Talk, 'sendOddThings'>(work, 'sendOddThings');
    await assert.rejects(
      t.channel.send(() => {}),
      { name: 'DataCloneError' },
    );
    assert.equal(await t.channel.receive(), 'DataCloneError');
    await t.channel.send('still here');
    assert.equal(await t.result, 'still here');
  },
);

eachMethod('messages that nobody takes hold up the sender, but not the result', async (start) => {
  await using t = await start().module<Talk, 'flood'>(work, 'flood', 100_000);
  const sent = await t.result;
  assert.ok(sent >= 10 && sent < 13, `sent ${sent}`);
  let received = 0;
  for await (const message of t.channel)
    received += (message as Uint8Array).length === 100_000 ? 1 : 0;
  assert.equal(received, sent);
});

eachMethod('64 MB in one message', async (start) => {
  await using t = await start().module<Talk, 'echo'>(work, 'echo');
  const large = Buffer.alloc(64_000_000, 3);
  const [back] = await Promise.all([t.channel.receive(), t.channel.send(large)]);
  assert.ok(Buffer.isBuffer(back) && back.equals(large));
  assert.equal(await t.result, undefined);
});

eachMethod('a task that dies ends the channel', async (start) => {
  await using t = await start()(async () => new Promise(() => setInterval(() => {}, 1000)));
  const waiting = t.channel.receive();
  t.kill();
  assert.equal(await waiting, undefined);
  assert.ok(t.channel.isClosed);
});

test('who waits for a message lives; an open channel alone keeps nobody', async () => {
  const { stdout, stderr, code } = await inNode(`
    import { task } from 'brood';
    const by = task.with({ method: 'spawn', execArgv: [] });
    const t = await by.module(${JSON.stringify(work.href)}, 'talkLater');
    console.log(await t.channel.receive());
    t.unref();
  `);
  assert.deepEqual([stdout, code], ['later\n', 0], stderr);
});

test('a program that is no task has no such channel', () => {
  assert.throws(() => taskChannel(), { code: 'ERR_INVALID_STATE' });
});

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';

import type { ChannelError } from './channel-error.ts';
import { Channel, deliver, endChannel } from './channel.ts';
import { frameOf, type Arrived } from './frame.ts';
import { Wire } from './wire.ts';

let pairs = 0;

/** Two ends of one connection. */
async function socketPair(t: TestContext): Promise<[Socket, Socket]> {
  pairs += 1;
  const path = join(tmpdir(), `brood-wire-${process.pid}-${pairs}`);
  const server = createServer().listen(path);
  await once(server, 'listening');
  const one = connect(path);
  const [other] = (await once(server, 'connection')) as [Socket];
  server.close();
  t.after(() => [one, other].forEach((each) => each.destroy()));
  return [one, other];
}

interface Ear {
  readonly wire: Wire;
  readonly arrived: Arrived[];
  readonly over: Promise<ChannelError | undefined>;
}

function listen(socket: Socket): Ear {
  const arrived: Arrived[] = [];
  let tell!: (error: ChannelError | undefined) => void;
  const over = new Promise<ChannelError | undefined>((resolve) => (tell = resolve));
  const wire = new Wire(socket, "the task 'work' (process 7)", {
    arrived: (message) => arrived.push(message),
    over: (error) => tell(error),
  });
  wire.hold();
  return { wire, arrived, over };
}

const lane = { message: 8, credit: 9, request: 10, reply: 11, cancel: 12 };

/** Two ends of one channel. */
async function channelPair(t: TestContext): Promise<[Channel, Channel, Socket, Socket]> {
  const sockets = await socketPair(t);
  const [one, other] = sockets.map((socket) => {
    const channel: Channel = new Channel(
      new Wire(socket, 'the other side', {
        arrived: (message) => deliver(channel, message),
        over: (error) => endChannel(channel, error),
      }),
      lane,
    );
    return channel;
  }) as [Channel, Channel];
  return [one, other, ...sockets];
}

test('messages of several kinds arrive, and then the end', async (t) => {
  const [ours, theirs] = await socketPair(t);
  const here = listen(ours);
  const there = listen(theirs);
  there.wire.post(3, 'three');
  await there.wire.send(4, { four: Buffer.alloc(100_000, 4) });
  there.wire.close();
  assert.equal(await here.over, undefined);
  assert.deepEqual(
    here.arrived.map(({ kind, value }) => [kind, value]),
    [
      [3, 'three'],
      [4, { four: Buffer.alloc(100_000, 4) }],
    ],
  );
  await assert.rejects(there.wire.send(1, 1), { code: 'ERR_CHANNEL_CLOSED' });
});

test('a peer that ends in the middle of a message is an error that names it', async (t) => {
  const [ours, theirs] = await socketPair(t);
  const here = listen(ours);
  const [chunk] = frameOf(1, 'a text that is cut off').chunks as [Uint8Array];
  theirs.end(chunk.subarray(0, 30));
  const error = await here.over;
  assert.equal(error?.code, 'ERR_CHANNEL_BROKEN');
  assert.match(error.message, /the task 'work' \(process 7\) ended in the middle of a message/);
  assert.deepEqual(here.arrived, []);
});

test('something else than messages is an error that names who sent it', async (t) => {
  const [ours, theirs] = await socketPair(t);
  const here = listen(ours);
  theirs.write('x'.repeat(100));
  const error = await here.over;
  assert.equal(error?.code, 'ERR_CHANNEL_CORRUPT');
  assert.match(error.message, /the task 'work'/);
});

test('what cannot be cloned is refused, and the wire can be used as before', async (t) => {
  const [ours, theirs] = await socketPair(t);
  const here = listen(ours);
  const { wire } = listen(theirs);
  assert.throws(() => wire.post(1, () => {}), { name: 'DataCloneError' });
  wire.post(1, 'fine');
  wire.close();
  await here.over;
  assert.deepEqual(
    here.arrived.map(({ value }) => value),
    ['fine'],
  );
});

test('a channel carries messages both ways, and its end', async (t) => {
  const [one, other] = await channelPair(t);
  await one.send('ping');
  assert.equal(await other.receive(), 'ping');
  const waiting = one.receive();
  await other.send(undefined);
  assert.equal(await waiting, undefined);
  for (let n = 0; n < 3; n++) await other.send(n);
  other.close();
  const rest: unknown[] = [];
  for await (const message of one) rest.push(message);
  assert.deepEqual(rest, [0, 1, 2]);
  assert.equal(await one.receive(), undefined);
  assert.ok(one.isClosed && other.isClosed);
  await assert.rejects(one.send(1), { name: 'ChannelError', code: 'ERR_CHANNEL_CLOSED' });
});

test('a sender waits for a receiver that does not take', async (t) => {
  const [one, other] = await channelPair(t);
  const chunk = Buffer.alloc(100_000);
  let sent = 0;
  const all = (async () => {
    for (; sent < 60; sent++) await one.send(chunk);
  })();
  // One message that comes after all that fits on the way shows that the rest did not.
  await new Promise((resolve) => setTimeout(resolve, 200));
  assert.ok(sent >= 10 && sent < 13, `sent ${sent}`);
  let received = 0;
  while (received < 60) {
    await other.receive();
    received += 1;
  }
  await all;
  assert.equal(sent, 60);
});

test('a message larger than all that may be on the way goes too', async (t) => {
  const [one, other] = await channelPair(t);
  const large = Buffer.alloc(20_000_000, 7);
  const sent = Promise.all([one.send(large), one.send(large), one.send('last')]);
  assert.deepEqual(await other.receive(), large);
  assert.deepEqual(await other.receive(), large);
  assert.equal(await other.receive(), 'last');
  await sent;
});

test('the end in the middle of a message rejects who waits for it', async (t) => {
  const [one, , , theirs] = await channelPair(t);
  const waiting = one.receive();
  theirs.end((frameOf(8, 'cut off').chunks[0] as Uint8Array).subarray(0, 10));
  await assert.rejects(waiting, { code: 'ERR_CHANNEL_BROKEN' });
  await assert.rejects(one.send(1), { code: 'ERR_CHANNEL_CLOSED' });
});

test('a channel that is closed while somebody waits tells both', async (t) => {
  const [one, other] = await channelPair(t);
  const chunk = Buffer.alloc(2_000_000);
  await one.send(chunk);
  const blocked = one.send('later');
  const waiting = one.receive();
  one.close();
  await assert.rejects(blocked, { code: 'ERR_CHANNEL_CLOSED' });
  assert.equal(await waiting, undefined);
  assert.deepEqual(await other.receive(), chunk);
  assert.equal(await other.receive(), undefined);
});

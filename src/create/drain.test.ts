import assert from 'node:assert/strict';
import { PassThrough } from 'node:stream';
import { test } from 'node:test';

import { Drain } from './drain.ts';

function opened(): PassThrough {
  return new PassThrough().resume();
}

test('is over when all outlets are closed, without a clock', async () => {
  const streams = [opened(), opened()];
  const drain = new Drain(
    streams.map((stream) => ({ stream })),
    Infinity,
  );
  drain.exited();
  for (const stream of streams) stream.end('x');
  await drain.done;
});

test('is over at once where there is nothing to wait for', async () => {
  const drain = new Drain([], 60_000);
  drain.exited();
  await drain.done;
});

test('gives up what is silent', async () => {
  const stream = opened();
  const drain = new Drain([{ stream }], 5);
  drain.exited();
  await drain.done;
  assert.equal(stream.destroyed, true);
});

test('waits for what is held up by its receiver, until the whole time is over', async () => {
  const stream = opened();
  let asked = 0;
  const drain = new Drain([{ stream, held: () => asked++ < 1000 }], 5);
  drain.exited();
  await drain.done;
  assert.ok(asked > 0);
  assert.equal(stream.destroyed, true);
});

test('gives up when it is told to', async () => {
  const stream = opened();
  const drain = new Drain([{ stream }], Infinity);
  drain.giveUp();
  await drain.done;
  assert.equal(stream.destroyed, true);
});

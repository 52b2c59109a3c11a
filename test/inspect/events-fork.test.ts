/** Listening to events does not stand in the way of fork(). */
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { features } from 'brood';

import { withFork } from '../harness/fork-code.ts';

const { available, reason } = features().events;
const fork = features().fork;
const skip = (!available && reason) || (!fork.available && fork.reason);

test('a program that listens forks, and both sides go on to hear', { skip }, async () => {
  const { told, stderr } = await withFork(`
    const { events } = await import('brood/inspect');
    const ends = new Set();
    let sources = 0;
    const stream = events({ types: ['exit'], signal: AbortSignal.timeout(60_000) });
    const hearing = (async () => {
      for await (const event of stream) {
        if (event.type === 'source') sources++;
        else if (event.type === 'exit' && event.source === 'kernel') ends.add(event.pid);
      }
    })().catch(() => {});
    await until(() => sources > 0);
    const one = async () => {
      const child = await spawn('true');
      await child.wait();
      await sleep(20);
      return ends.has(child.pid);
    };
    await until(one);
    const status = await inChild(async () => {
      await until(one);
      process.exit(5);
    });
    await until(one);
    tell([status.code, sources >= 1]);
    process.exit(0);
  `);
  assert.deepEqual(told, [[5, true]], stderr);
});

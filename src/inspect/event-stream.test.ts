/** The stream of events where the kernel loses some, on a machine that is made up. */
import assert from 'node:assert/strict';
import { test } from 'node:test';

import type { EventListener, KernelEvent, Look, Looked } from '../platform/platform.ts';
import { EventStream } from './event-stream.ts';
import type { ProcessEvent } from './event-types.ts';

interface Machine {
  readonly look: Look;
  /** Start ticks by pid. */
  readonly there: Map<number, number>;
  readonly listener: () => EventListener;
  /** Called at each count, before it ends. */
  onCount: () => void;
}

function machine(): Machine {
  const there = new Map<number, number>();
  let listener: EventListener | undefined;
  const refuse = (): never => {
    throw new Error('not asked for here');
  };
  const made: Machine = {
    there,
    onCount: () => undefined,
    listener: () => listener as EventListener,
    look: {
      check: () => undefined,
      pids: async () => Int32Array.from(there.keys()),
      read: async (pids, _items, take) => {
        const read = [...pids].map((pid) => take(looked(pid, there.get(pid) ?? 0)));
        made.onCount();
        return read;
      },
      statLines: refuse,
      entries: refuse,
      holders: refuse,
      unixPeers: refuse,
      listen: (given) => {
        listener = given;
        return () => undefined;
      },
      clock: () => ({ pageSize: 4096, ticksPerSecond: 100, bootTimeMs: 0 }),
    },
  };
  return made;
}

function looked(pid: number, startTicks: number): Looked {
  const line = `${pid} (p${pid}) S 1 1 1 0 -1 4194304 0 0 0 0 0 0 0 0 20 0 1 0 ${startTicks} 0 0 0`;
  const pieces = [Buffer.from('0 0'), Buffer.from(line)];
  return { pid, pieces, at: 0 };
}

const ack: KernelEvent = { what: 0, nanoseconds: 0, numbers: [0], name: undefined };
const fork = (pid: number): KernelEvent => ({ ...ack, what: 1, numbers: [1, 1, pid, pid] });
const exit = (pid: number, waitStatus: number): KernelEvent => ({
  ...ack,
  what: 0x8000_0000,
  numbers: [pid, pid, waitStatus, 17],
});

function told(events: readonly ProcessEvent[] | undefined): string[] {
  return (events ?? []).map((event) => {
    if (!('pid' in event)) return event.type;
    return `${event.type} ${event.pid} ${event.source}`;
  });
}

/** All portions until one has `last` in it. */
async function until(stream: EventStream, last: string): Promise<string[]> {
  const all: string[] = [];
  while (!all.includes(last)) all.push(...told(await stream.next()));
  return all;
}

async function begun(): Promise<{ made: Machine; stream: EventStream }> {
  const made = machine();
  made.there.set(1, 5).set(10, 50).set(11, 51);
  const stream = new EventStream(made.look, { interval: 20, source: 'kernel' });
  stream.start();
  made.listener().events([ack, fork(12)]);
  made.there.set(12, 60);
  assert.deepEqual(await until(stream, 'fork 12 kernel'), ['source', 'fork 12 kernel']);
  return { made, stream };
}

test('what was lost is found by a scan', async () => {
  const { made, stream } = await begun();
  made.there.set(13, 70).set(11, 71);
  made.there.delete(10);
  made.listener().lost();
  const all = await until(stream, 'exec 13 scan');
  assert.deepEqual(all, [
    'rescan',
    'exit 10 scan',
    'exit 11 scan',
    'fork 11 scan',
    'exec 11 scan',
    'fork 13 scan',
    'exec 13 scan',
  ]);
  stream.stop();
  assert.equal(await stream.next(), undefined);
});

test('what the kernel tells during a scan is told once, after it', async () => {
  const { made, stream } = await begun();
  made.there.set(13, 70);
  made.there.delete(12);
  made.onCount = () => {
    made.onCount = () => undefined;
    // 13 and 12 are in the scan already; 14 comes and goes after it.
    made.listener().events([fork(13), exit(12, 0), fork(14), exit(14, 256)]);
  };
  made.listener().lost();
  const all = await until(stream, 'exit 14 kernel');
  assert.deepEqual(all, [
    'rescan',
    'exit 12 scan',
    'fork 13 scan',
    'exec 13 scan',
    'fork 14 kernel',
    'exit 14 kernel',
  ]);
  stream.stop();
});

test('what is lost during a scan is found by another one', async () => {
  const { made, stream } = await begun();
  made.onCount = () => {
    made.onCount = () => undefined;
    made.there.set(15, 90);
    made.listener().lost();
  };
  made.listener().lost();
  const all = await until(stream, 'exec 15 scan');
  assert.deepEqual(all, ['rescan', 'rescan', 'fork 15 scan', 'exec 15 scan']);
  stream.stop();
});

test('when the kernel falls silent, scans go on where it ended', async () => {
  const { made, stream } = await begun();
  made.listener().silent('made up');
  assert.deepEqual(await until(stream, 'source'), ['source']);
  made.there.delete(10);
  assert.deepEqual(await until(stream, 'exit 10 scan'), ['exit 10 scan']);
  stream.stop();
});

test('a failure to look ends the stream with it', async () => {
  const made = machine();
  const failing: Look = {
    ...made.look,
    pids: async () => {
      throw new Error('no look');
    },
  };
  const stream = new EventStream(failing, { interval: 20, source: 'polling' });
  stream.start();
  await assert.rejects(stream.next(), /no look/);
  stream.stop();
});

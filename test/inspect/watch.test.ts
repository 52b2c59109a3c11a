/** Processes watched over time. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { test } from 'node:test';

import { watch, type WatchTick } from 'brood/inspect';

import { stat, until } from '../harness/proc.ts';

type Tick = WatchTick<'name' | 'cpuTime' | 'argv' | 'rss'>;
const fields = ['name', 'cpuTime', 'argv', 'rss'] as const;

test('the first look has all processes, and those after it what changed', async () => {
  const ticks = watch({ interval: 20, fields });
  const first = (await ticks.next()).value as Tick;
  assert.equal(first.interval, undefined);
  assert.equal(first.started.length, first.processes.size);
  assert.equal(first.processes.get(process.pid)?.cpu, undefined);

  const child = spawn('sleep', ['60'], { stdio: 'ignore' });
  await once(child, 'spawn');
  const pid = child.pid as number;
  await until(() => stat(pid)?.comm === 'sleep');
  const second = (await ticks.next()).value as Tick;
  const started = second.started.find((each) => each.pid === pid);
  assert.deepEqual(
    [started?.name, started?.argv, started?.cpu],
    ['sleep', ['sleep', '60'], undefined],
  );
  assert.ok((second.interval ?? 0) >= 20);
  // This program has worked meanwhile.
  assert.ok(second.changed.some((each) => each.pid === process.pid));

  const end = once(child, 'exit');
  child.kill('SIGKILL');
  await end;
  const third = (await ticks.next()).value as Tick;
  assert.ok(third.ended.some((each) => each.pid === pid && each.name === 'sleep'));
  assert.ok(!third.processes.has(pid));
  await ticks.return();
});

test('a busy process has about one processor, an idle one none', async () => {
  const busy = spawn('sh', ['-c', 'while :; do :; done'], { stdio: 'ignore' });
  const idle = spawn('sleep', ['60'], { stdio: 'ignore' });
  await Promise.all([once(busy, 'spawn'), once(idle, 'spawn')]);
  try {
    let looks = 0;
    for await (const { processes, interval } of watch({ interval: 400, fields })) {
      looks += 1;
      const one = processes.get(busy.pid as number);
      const other = processes.get(idle.pid as number);
      if (interval === undefined || one?.cpu === undefined) continue;
      assert.ok(one.cpu > 0 && one.cpu < 140, String(one.cpu));
      if (looks > 2) assert.equal(other?.cpu, 0);
      if (looks > 3) break;
    }
  } finally {
    const ends = [once(busy, 'exit'), once(idle, 'exit')];
    busy.kill('SIGKILL');
    idle.kill('SIGKILL');
    await Promise.all(ends);
  }
});

test('a process that executes another program has its arguments read again', async () => {
  const child = spawn('sh', ['-c', 'read line; exec sleep 62.5'], {
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  await once(child, 'spawn');
  const pid = child.pid as number;
  const ticks = watch({ interval: 10, fields, filter: (each) => each.pid === pid });
  const first = (await ticks.next()).value as Tick;
  assert.equal(first.processes.get(pid)?.name, 'sh');
  child.stdin.end('\n');
  await until(() => stat(pid)?.comm === 'sleep');
  const second = (await ticks.next()).value as Tick;
  assert.deepEqual([...second.processes.keys()], [pid]);
  assert.deepEqual(second.changed[0]?.argv, ['sleep', '62.5']);
  const end = once(child, 'exit');
  child.kill('SIGKILL');
  await end;
  await ticks.return();
});

test('what comes to fit the filter is new, and what ceases to is gone', async () => {
  const child = spawn('sh', ['-c', 'read line; exec sleep 63.5'], {
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  await once(child, 'spawn');
  const pid = child.pid as number;
  const shells = watch({
    interval: 10,
    fields,
    filter: (each) => each.pid === pid && each.name === 'sh',
  });
  const sleeps = watch({
    interval: 10,
    fields,
    filter: (each) => each.pid === pid && each.name === 'sleep',
  });
  assert.equal(((await shells.next()).value as Tick).started.length, 1);
  assert.equal(((await sleeps.next()).value as Tick).started.length, 0);
  child.stdin.end('\n');
  await until(() => stat(pid)?.comm === 'sleep');
  const gone = (await shells.next()).value as Tick;
  assert.deepEqual([gone.ended.length, gone.processes.size], [1, 0]);
  const come = (await sleeps.next()).value as Tick;
  assert.deepEqual([come.started.length, come.processes.size], [1, 1]);
  const end = once(child, 'exit');
  child.kill('SIGKILL');
  await end;
  await Promise.all([shells.return(), sleeps.return()]);
});

test('a signal ends the watching in order, and nonsense is refused', async () => {
  const controller = new AbortController();
  let looks = 0;
  for await (const _ of watch({ interval: 60_000, signal: controller.signal })) {
    looks += 1;
    setImmediate(() => controller.abort());
  }
  assert.equal(looks, 1);
  const wrong: readonly (readonly [object, string])[] = [
    [{ interval: 1 }, 'ERR_OUT_OF_RANGE'],
    [{ interval: 'x' }, 'ERR_INVALID_ARG_TYPE'],
    [{ fields: ['nome'] }, 'ERR_INVALID_ARG_VALUE'],
    [{ signal: {} }, 'ERR_INVALID_ARG_TYPE'],
    [{ filter: 1 }, 'ERR_INVALID_ARG_TYPE'],
  ];
  for (const [options, code] of wrong) {
    await assert.rejects(async () => await watch(options).next(), { code });
  }
});

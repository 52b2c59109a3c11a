import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { pathToFileURL } from 'node:url';

import { Child, features, Process, Task, task, type Channel } from 'brood';

import { fixture } from '../harness/fixture.ts';
import { stat, status } from '../harness/proc.ts';
import { eachMethod } from '../harness/task-methods.ts';
import { temporaryFolder } from '../harness/temp.ts';

const work = pathToFileURL(fixture('task-work'));
type Work = typeof import('../fixtures/task-work.ts');

eachMethod('a function runs in another process, and its result comes back', async (start) => {
  await using t = await start()(
    (a: number, b: number) => ({ pid: process.pid, sum: a + b }),
    20,
    22,
  );
  assert.ok(t instanceof Task && t instanceof Child && t instanceof Process);
  assert.deepEqual(await t.result, { pid: t.pid, sum: 42 });
  assert.notEqual(t.pid, process.pid);
  assert.equal(String(await t.wait()), 'exited with code 0');
  assert.equal(t.result, t.result);
});

eachMethod('an async function is awaited', async (start) => {
  const t = await start()(async (ms: number) => {
    await new Promise((resolve) => setTimeout(resolve, ms));
    return 'late';
  }, 20);
  assert.equal(await t.result, 'late');
  assert.equal((await t.wait()).code, 0);
});

eachMethod('arguments and results are structured clones', async (start) => {
  const value = {
    map: new Map<unknown, unknown>([['date', new Date(7)]]),
    set: new Set([1n]),
    bytes: Buffer.from('ä'),
    floats: new Float32Array([0.5]),
    error: new RangeError('inside'),
    hole: undefined,
    text: '🐣',
  };
  const t = await start()((given: unknown) => [given, given], value);
  const [one, other] = (await t.result) as [typeof value, typeof value];
  assert.deepEqual(one, value);
  assert.equal(one, other);
  assert.ok(one.error instanceof RangeError);
  const none = await start()(() => undefined);
  assert.equal(await none.result, undefined);
});

eachMethod('the export of a module, of ESM, CommonJS and Node itself', async (start, t) => {
  const sum = await start().module<Work, 'pidAndSum'>(work, 'pidAndSum', 1, 2, 3);
  assert.deepEqual(await sum.result, { pid: sum.pid, sum: 6 });
  const bytes = await start().module<Work, 'firstBytes'>(work.href, 'firstBytes', 4);
  assert.deepEqual(await bytes.result, Buffer.from('\x7fELF', 'latin1'));
  const ofDefault = await start().module<Work, 'default'>(fixture('task-work'), 'default');
  assert.equal(await ofDefault.result, 'default');
  const folder = await temporaryFolder(t);
  const file = join(folder, 'work.cjs');
  writeFileSync(file, 'const hidden = { triple: (n) => n * 3 }; module.exports = hidden;');
  const triple = await start().module<{ triple(n: number): number }>(file, 'triple', 4);
  assert.equal(await triple.result, 12);
  const ofNode = await start().module<typeof import('node:path'), 'join'>(
    'node:path',
    'join',
    'a',
    'b',
  );
  assert.equal(await ofNode.result, 'a/b');
});

eachMethod('what the function leaves open does not keep its process', async (start) => {
  const t = await start()(async () => {
    const { createServer, connect } = await import('node:net');
    setInterval(() => {}, 1000);
    const server = createServer().listen(0);
    await new Promise((resolve) => server.once('listening', resolve));
    const { port } = server.address() as { port: number };
    await new Promise((resolve) => connect(port).once('connect', () => resolve(0)));
    return 'done';
  });
  assert.equal(await t.result, 'done');
  assert.equal((await t.wait()).code, 0);
});

eachMethod('with `linger` it goes on until nothing is left to do', async (start) => {
  await using t = await start({ linger: true, stdout: 'pipe' })(() => {
    let ticks = 0;
    const timer = setInterval(() => {
      console.log(`tick ${++ticks}`);
      if (ticks === 3) clearInterval(timer);
    }, 10);
    return 'first';
  });
  assert.equal(await t.result, 'first');
  const lines: string[] = [];
  for await (const line of t) lines.push(line);
  assert.deepEqual(lines, ['tick 1', 'tick 2', 'tick 3']);
  assert.equal((await t.wait()).code, 0);
});

eachMethod('nothing of what it printed is lost', async (start) => {
  const t = await start({ stdout: 'pipe', stderr: 'pipe' })((count: number) => {
    for (let n = 0; n < count; n++) process.stdout.write(`${'o'.repeat(99)}\n`);
    for (let n = 0; n < count; n++) process.stderr.write(`${'e'.repeat(99)}\n`);
    return count;
  }, 20_000);
  assert.equal(await t.result, 20_000);
  let lines = 0;
  for await (const line of t.lines({ from: 'all' })) lines += line.length === 99 ? 1 : 0;
  assert.equal(lines, 40_000);
  assert.equal((await t.wait()).code, 0);
});

eachMethod('its parent is this program, and it would die with it', async (start) => {
  await using t = await start()(async () => new Promise((resolve) => setTimeout(resolve, 60_000)));
  assert.equal(stat(t.pid)?.ppid, process.pid);
  assert.ok(status(t.pid)['Pid'] !== undefined);
});

eachMethod('many at once', async (start) => {
  const all = await Promise.all(
    Array.from({ length: 20 }, async (_, n) => (await start()((x: number) => x * x, n)).result),
  );
  assert.deepEqual(
    all,
    Array.from({ length: 20 }, (_, n) => n * n),
  );
});

eachMethod('64 MB go and come, without ballast', async (start) => {
  const large = new Float64Array(8_000_000).fill(1.5);
  const buffer = new ArrayBuffer(8_000_000);
  const t = await start()(
    (numbers: Float64Array, bytes: ArrayBuffer) => {
      new Uint8Array(bytes)[7_999_999] = 9;
      return { numbers, bytes, rss: process.memoryUsage().rss };
    },
    large,
    buffer,
  );
  const { numbers, bytes } = await t.result;
  assert.equal(numbers.length, 8_000_000);
  assert.equal(numbers[7_999_999], 1.5);
  assert.equal(new Uint8Array(bytes)[7_999_999], 9);
  assert.equal(new Uint8Array(buffer)[7_999_999], 0);
});

eachMethod('a task may start tasks', async (start, _t, method) => {
  const t = await start().module<Work, 'startAnother'>(work, 'startAnother', method);
  assert.deepEqual(await t.result, { outer: t.pid, parentOfInner: t.pid, result: 2 });
});

eachMethod('waiting and asking later are the same', async (start) => {
  const t = await start()(() => 'kept');
  await t.wait();
  assert.equal(await t.result, 'kept');
});

test('a plain call takes the method that can be had here', async () => {
  const t = await task(() => process.pid);
  assert.equal(await t.result, t.pid);
  const open: Channel = t.channel;
  await t.wait();
  assert.ok(open.isClosed);
  assert.ok(features().spawn.available);
});

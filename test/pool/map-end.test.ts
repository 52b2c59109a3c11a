import assert from 'node:assert/strict';
import { test } from 'node:test';

import { spawn } from 'brood';
import { map } from 'brood/pool';

import { startInNode } from '../harness/in-node.ts';
import { childrenOf, descriptorsOf, hasEnded, isGone, until } from '../harness/proc.ts';
import { rejection } from '../harness/task-methods.ts';

/** Children are gone at once; what libuv closes, it closes in the next turn. */
async function nothingBeside(before: ReadonlyMap<number, string>): Promise<void> {
  assert.deepEqual(childrenOf(process.pid), []);
  const isNew = ([fd, target]: [number, string]): boolean => before.get(fd) !== target;
  await until(() => ![...descriptorsOf(process.pid)].some(isNew), 'descriptors to be closed');
}

test('nothing is left after the end, an error, or who left early', async () => {
  await map([1], (n) => n).toArray();
  const before = descriptorsOf(process.pid);
  assert.deepEqual(await map([1, 2, 3], (n) => n, { processes: 3 }).toArray(), [1, 2, 3]);
  await nothingBeside(before);
  await rejection(map([1, 2], () => Promise.reject(new Error('x'))).toArray());
  await nothingBeside(before);
  for await (const n of map([1, 2, 3, 4], (item) => item, { processes: 2, chunk: 1 })) {
    if (n === 2) break;
  }
  await nothingBeside(before);
});

test('who leaves early stops what runs, and all that came from it', async () => {
  const pids: number[] = [];
  const results = map(
    [0, 1, 2],
    async (n) => {
      if (n > 0) for (;;);
      const child = await spawn('sleep', ['100'], { stdout: 'ignore' });
      return [process.pid, child.pid];
    },
    { processes: 3, chunk: 1 },
  );
  for await (const both of results) {
    pids.push(...both);
    break;
  }
  assert.equal(pids.length, 2);
  for (const pid of pids) assert.ok(hasEnded(pid));
});

test('return() in the middle of a next() that would never end', async () => {
  const results = map([1], () => {
    for (;;);
  })[Symbol.asyncIterator]();
  const next = results.next();
  await until(() => childrenOf(process.pid).length > 0, 'its process');
  assert.deepEqual(await results.return(undefined), { done: true, value: undefined });
  assert.deepEqual(await next, { done: true, value: undefined });
  assert.equal(childrenOf(process.pid).length, 0);
});

test('aborted in the middle of an item, and before anything began', async () => {
  const controller = new AbortController();
  const endless = map(
    [1, 2],
    () => {
      for (;;);
    },
    { signal: controller.signal, processes: 2 },
  ).toArray();
  endless.catch(() => {});
  await until(() => childrenOf(process.pid).length > 0, 'its processes');
  controller.abort(new RangeError('enough'));
  const error = (await rejection(endless)) as Error & { code: string };
  assert.deepEqual([error.name, error.code], ['AbortError', 'ABORT_ERR']);
  assert.ok(error.cause instanceof RangeError);
  assert.equal(childrenOf(process.pid).length, 0);

  let asked = false;
  function* items(): Generator<number> {
    asked = true;
    yield 1;
  }
  const late = await rejection(map(items(), (n) => n, { signal: AbortSignal.abort() }).toArray());
  assert.equal((late as Error).name, 'AbortError');
  assert.ok(!asked);
});

test('what onProgress throws stops the run', async () => {
  const error = await rejection(
    map([1, 2, 3], (n) => n, {
      onProgress: () => {
        throw new RangeError('seen enough');
      },
    }).toArray(),
  );
  assert.ok(error instanceof RangeError);
  assert.equal(childrenOf(process.pid).length, 0);
});

test('nobody asks for results: nothing is started', async () => {
  map([1], (n) => n);
  await new Promise((resolve) => setImmediate(resolve));
  assert.equal(childrenOf(process.pid).length, 0);
});

test('a second time is refused', async () => {
  const results = map([1], (n) => n);
  assert.deepEqual(await results.toArray(), [1]);
  await assert.rejects(results.toArray(), { code: 'ERR_INVALID_STATE' });
  assert.throws(() => results[Symbol.asyncIterator](), { code: 'ERR_INVALID_STATE' });
});

test('no process is left when the program dies by SIGKILL, busy or not', async (t) => {
  const started = startInNode(
    `import { map } from 'brood/pool';
     import { SharedMemory } from 'brood/shared';
     const seen = new Int32Array(new SharedMemory(64).buffer);
     const run = map([0, 1, 2], async (n) => {
       console.log(process.pid);
       Atomics.add(seen, 0, 1);
       if (n === 0) for (;;);
       if (n === 1) await new Promise((resolve) => setTimeout(resolve, 1e6));
       return n;
     }, { processes: 3 });
     await run.toArray();`,
    { detached: true },
  );
  t.after(async () => {
    started.child.kill('SIGKILL');
    await started.result;
  });
  const pids = await until(() => {
    const told = started.stdout().trim().split('\n').filter(Boolean).map(Number);
    return told.length === 3 && told;
  }, `three processes: ${started.stderr()}`);
  assert.ok(pids.every((pid) => !hasEnded(pid)));
  started.child.kill('SIGKILL');
  await started.result;
  for (const pid of pids) await until(() => isGone(pid) || hasEnded(pid), 'the end of a process');
});

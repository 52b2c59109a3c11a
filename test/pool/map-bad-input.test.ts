import assert from 'node:assert/strict';
import { test } from 'node:test';

import { forEach, map, type MapOptions } from 'brood/pool';

import { inNode } from '../harness/in-node.ts';
import { portable } from '../harness/portable-node.ts';

const fn = (n: unknown): unknown => n;

for (const [items, received] of [
  [undefined, 'undefined'],
  [7, 'type number'],
  [{}, 'an instance of Object'],
  [new DataView(new ArrayBuffer(8)), 'an instance of DataView'],
  [{ length: -1 }, 'an instance of Object'],
] as const) {
  test(`items that are none: ${received}`, () => {
    assert.throws(() => map(items as never, fn), {
      name: 'TypeError',
      code: 'ERR_INVALID_ARG_TYPE',
      message: new RegExp(`^"items" must be .*Received ${received}`),
    });
  });
}

test('a function that is none', async () => {
  assert.throws(() => map([1], 'fn' as never), { code: 'ERR_INVALID_ARG_TYPE', message: /"fn"/ });
  await assert.rejects(forEach([1], undefined as never), { code: 'ERR_INVALID_ARG_TYPE' });
});

for (const [options, code, message] of [
  [7, 'ERR_INVALID_ARG_TYPE', /"options" must be an object/],
  [{ process: 2 }, 'ERR_INVALID_ARG_VALUE', /did you mean 'processes'\?/],
  [{ processes: 0 }, 'ERR_OUT_OF_RANGE', /"options.processes"/],
  [{ processes: 1.5 }, 'ERR_OUT_OF_RANGE', /"options.processes"/],
  [{ processes: '2' }, 'ERR_INVALID_ARG_TYPE', /"options.processes"/],
  [{ chunk: 0 }, 'ERR_OUT_OF_RANGE', /"options.chunk"/],
  [{ ordered: 1 }, 'ERR_INVALID_ARG_TYPE', /"options.ordered"/],
  [{ timeout: 0 }, 'ERR_OUT_OF_RANGE', /"options.timeout"/],
  [{ timeout: Infinity }, 'ERR_OUT_OF_RANGE', /"options.timeout"/],
  [{ retries: -1 }, 'ERR_OUT_OF_RANGE', /"options.retries"/],
  [{ signal: {} }, 'ERR_INVALID_ARG_TYPE', /"options.signal"/],
  [{ onProgress: true }, 'ERR_INVALID_ARG_TYPE', /"options.onProgress"/],
] as const) {
  test(`options that are none: ${JSON.stringify(options)}`, () => {
    assert.throws(() => map([1], fn, options as MapOptions), { code, message });
  });
}

test('where there is no fork, that is said', async () => {
  const { told } = await portable(
    `const { map } = await import('brood/pool');
     tell(await failure(() => map([1], (n) => n).toArray()));`,
  );
  const [name, code] = told[0] as string[];
  assert.deepEqual([name, code], ['UnsupportedError', 'ENOTSUP']);
});

test('a worker thread that makes fork impossible is named', async () => {
  const { stdout } = await inNode(
    `import { Worker } from 'node:worker_threads';
     import { map } from 'brood/pool';
     const worker = new Worker('setInterval(() => {}, 1000)', { eval: true });
     await new Promise((resolve) => worker.once('online', resolve));
     await map([1], (n) => n).toArray().catch((error) => console.log(error.name, error.code));
     await worker.terminate();`,
  );
  assert.equal(stdout.trim(), 'UnsupportedError ERR_FORK_THREADS');
});

import assert from 'node:assert/strict';
import { pathToFileURL } from 'node:url';

import { TaskError } from 'brood';

import { fixture } from '../harness/fixture.ts';
import { eachMethod, rejection } from '../harness/task-methods.ts';

const work = pathToFileURL(fixture('task-work'));
type Work = typeof import('../fixtures/task-work.ts');

eachMethod('a generator is a stream of results', async (start) => {
  const t = await start()(function* (end: number) {
    for (let n = 1; n <= end; n++) yield n;
  }, 4);
  const items: number[] = [];
  for await (const n of t.result) items.push(n);
  assert.deepEqual(items, [1, 2, 3, 4]);
  assert.equal((await t.wait()).code, 0);
});

eachMethod('so are asynchronous ones, and what they return comes last', async (start) => {
  const t = await start()(async function* () {
    yield 'a';
    await new Promise((resolve) => setTimeout(resolve, 5));
    yield 'b';
    return 'end';
  });
  const items = await t.result;
  assert.deepEqual(await items.next(), { done: false, value: 'a' });
  assert.deepEqual(await items.next(), { done: false, value: 'b' });
  assert.deepEqual(await items.next(), { done: true, value: 'end' });
  assert.deepEqual(await items.next(), { done: true, value: undefined });
});

eachMethod('a generator of a module, and promises among its items', async (start) => {
  const t = await start().module<Work, 'countTo'>(work, 'countTo', 3);
  const items: number[] = [];
  for await (const n of await t.result) items.push(n);
  assert.deepEqual(items, [1, 2, 3]);
  const promised = await start()(function* () {
    yield Promise.resolve('resolved');
    yield Promise.reject(new RangeError('rejected'));
  });
  const stream = await promised.result;
  assert.equal((await stream.next()).value, 'resolved');
  await assert.rejects(stream.next(), RangeError);
  assert.equal((await promised.wait()).code, 1);
});

eachMethod('items are made when they are asked for, and not before', async (start) => {
  const t = await start()(function* () {
    for (let made = 1; ; made++) yield { made, large: new Uint8Array(100_000) };
  });
  const items = await t.result;
  await items.next();
  // Were it ahead of us, this message, which goes the same way, would tell a higher number.
  await new Promise((resolve) => setTimeout(resolve, 50));
  assert.equal((await items.next()).value?.made, 2);
  assert.deepEqual(await items.return(undefined as never), { done: true, value: undefined });
  assert.equal((await t.wait()).code, 0);
});

eachMethod('leaving the loop early runs what the generator does at last', async (start) => {
  const t = await start({ stdout: 'pipe' })(function* () {
    try {
      for (let n = 0; ; n++) yield n;
    } finally {
      console.log('tidied up');
    }
  });
  for await (const n of t.result) if (n === 2) break;
  const lines: string[] = [];
  for await (const line of t) lines.push(line);
  assert.deepEqual(lines, ['tidied up']);
  assert.equal((await t.wait()).code, 0);
});

eachMethod('values and errors go in as well', async (start) => {
  const t = await start()(function* (): Generator<unknown, string, unknown> {
    const got = yield 'first';
    try {
      yield got;
    } catch (error) {
      yield `caught ${(error as Error).name} ${(error as Error).message}`;
    }
    return 'end';
  });
  const items = await t.result;
  await items.next();
  assert.deepEqual(await items.next({ given: 1 }), { done: false, value: { given: 1 } });
  assert.equal((await items.throw(new TypeError('in'))).value, 'caught TypeError in');
  await assert.rejects(
    items.next(() => {}),
    { name: 'DataCloneError' },
  );
  assert.deepEqual(await items.next(), { done: true, value: 'end' });
});

eachMethod('several may be asked for at once', async (start) => {
  const t = await start()(function* () {
    yield 1;
    yield 2;
  });
  const items = await t.result;
  const all = await Promise.all([items.next(), items.next(), items.next(), items.next()]);
  assert.deepEqual(
    all.map(({ value }) => value as unknown),
    [1, 2, undefined, undefined],
  );
});

eachMethod('an error ends the stream, as its class', async (start) => {
  const t = await start()(function* () {
    yield 1;
    throw new SyntaxError('midway');
  });
  const items: number[] = [];
  const error = await rejection(
    (async () => {
      for await (const n of t.result) items.push(n);
    })(),
  );
  assert.ok(error instanceof SyntaxError);
  assert.deepEqual(items, [1]);
});

eachMethod('so does the death of the process, told once', async (start) => {
  const t = await start()(function* dying() {
    yield 1;
    process.kill(process.pid, 'SIGKILL');
    yield 2;
  });
  const items = await t.result;
  await items.next();
  const [error, after] = await Promise.all([rejection(items.next()), items.next()]);
  assert.ok(error instanceof TaskError);
  assert.equal(error.status.signal, 'SIGKILL');
  assert.equal(after.done, true);
  const idle = await start()(function* () {
    yield 1;
  });
  const stream = await idle.result;
  idle.kill();
  await idle.wait();
  await assert.rejects(stream.next(), { name: 'TaskError', message: /SIGKILL/ });
  assert.deepEqual(await stream.next(), { done: true, value: undefined });
});

eachMethod('an item that cannot be cloned ends the stream, and is told', async (start) => {
  const t = await start({ stdout: 'pipe' })(function* maker() {
    try {
      yield 1;
      yield (): void => {};
    } finally {
      console.log('tidied up');
    }
  });
  const items = await t.result;
  await items.next();
  const error = await rejection(items.next());
  assert.ok(error instanceof TaskError && error.code === 'ERR_TASK_UNCLONABLE');
  assert.match(error.message, /'maker' yielded what cannot be cloned/);
  for await (const line of t) assert.equal(line, 'tidied up');
});

eachMethod('a list is no stream, and a result that is none cannot be iterated', async (start) => {
  const t = await start()(() => [1, 2]);
  assert.deepEqual(await t.result, [1, 2]);
  const loop = async (): Promise<void> => {
    for await (const each of t.result as unknown as AsyncIterable<number>)
      assert.fail(String(each));
  };
  await assert.rejects(loop(), { code: 'ERR_INVALID_ARG_TYPE' });
});

eachMethod('the end of a scope ends a generator that nobody asks any more', async (start) => {
  const { result, pid } = await (async () => {
    await using t = await start()(function* () {
      for (;;) yield 1;
    });
    const items = await t.result;
    await items.next();
    return { result: items, pid: t.pid };
  })();
  assert.ok(pid > 0);
  await assert.rejects(result.next(), { name: 'TaskError' });
});

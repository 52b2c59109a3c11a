import assert from 'node:assert/strict';
import { test } from 'node:test';
import { pathToFileURL } from 'node:url';

import { ProcessError, task, TaskError } from 'brood';

import { fixture } from '../harness/fixture.ts';
import { inNode } from '../harness/in-node.ts';
import { eachMethod, rejection } from '../harness/task-methods.ts';

const work = pathToFileURL(fixture('task-work'));

eachMethod('a built-in error rejects as its class, with all that hangs on it', async (start) => {
  const t = await start()(function thrower() {
    const cause = new TypeError('deeper', { cause: new Error('deepest') });
    throw Object.assign(new RangeError('outside', { cause }), { code: 'E_RANGE', list: [1, 2] });
  });
  const error = (await rejection(t.result)) as RangeError & { code: string; list: number[] };
  assert.ok(error instanceof RangeError);
  assert.deepEqual([error.message, error.code, error.list], ['outside', 'E_RANGE', [1, 2]]);
  assert.match(error.stack ?? '', /RangeError: outside\n\s+at thrower/);
  assert.ok(error.cause instanceof TypeError);
  assert.equal((error.cause.cause as Error).message, 'deepest');
  assert.equal((await t.wait()).code, 1);
});

eachMethod('aggregates, DOMExceptions, AbortErrors and errors of the system', async (start) => {
  const aggregate = await start()(async () =>
    Promise.any([Promise.reject(new SyntaxError('one')), Promise.reject(new Error('two'))]),
  );
  const all = await rejection(aggregate.result);
  assert.ok(all instanceof AggregateError && all.errors[0] instanceof SyntaxError);
  const aborted = await start()(() => AbortSignal.abort().throwIfAborted());
  const reason = await rejection(aborted.result);
  assert.ok(reason instanceof DOMException);
  assert.equal(reason.name, 'AbortError');
  const called = await start()(async () => {
    const { setTimeout: sleep } = await import('node:timers/promises');
    await sleep(1000, undefined, { signal: AbortSignal.timeout(1) });
  });
  await assert.rejects(called.result, { name: 'AbortError', code: 'ABORT_ERR' });
  const missing = await start()(async () => (await import('node:fs')).readFileSync('/nix/nowhere'));
  await assert.rejects(missing.result, {
    name: 'Error',
    code: 'ENOENT',
    syscall: 'open',
    path: '/nix/nowhere',
    errno: -2,
  });
});

eachMethod('other classes become errors of their name', async (start) => {
  const t = await start()(() => {
    class TeapotError extends Error {
      override readonly name = 'TeapotError';
      readonly status = 418;
    }
    throw new TeapotError('short and stout');
  });
  const error = (await rejection(t.result)) as Error & { status: number };
  assert.equal(Object.getPrototypeOf(error), Error.prototype);
  assert.deepEqual(
    [error.name, error.message, error.status],
    ['TeapotError', 'short and stout', 418],
  );
});

eachMethod('what is no error rejects as it is', async (start) => {
  const object = await start()(() => {
    // oxlint-disable-next-line no-throw-literal, typescript/only-throw-error -- that is what is tested
    throw { reason: ['none'] };
  });
  assert.deepEqual(await rejection(object.result), { reason: ['none'] });
  const nothing = await start()(async () => Promise.reject(undefined));
  assert.equal(await rejection(nothing.result), undefined);
});

async function taskError(promise: Promise<unknown>, code: string): Promise<TaskError> {
  const error = await rejection(promise);
  assert.ok(error instanceof TaskError && error instanceof ProcessError, String(error));
  assert.equal(error.code, code, error.message);
  return error;
}

eachMethod('process.exit() inside is told with the status and what it said last', async (start) => {
  const t = await start()(function leaver() {
    console.error(`first ${'x'.repeat(40_000)}`);
    console.error('about to leave');
    process.exit(3);
  });
  const error = await taskError(t.result, 'ERR_TASK_EXIT');
  assert.deepEqual([error.task, error.pid, error.status.code], ['leaver', t.pid, 3]);
  assert.match(error.stderr, /about to leave\n$/);
  assert.ok(error.stderr.length <= 16_384 && error.stderr.length > 10_000);
  assert.match(error.message, /^task 'leaver' ended without a result: exited with code 3\n/);
  const fine = await start()(() => process.exit(0));
  assert.equal((await taskError(fine.result, 'ERR_TASK_EXIT')).status.code, 0);
});

eachMethod('so are signals and abort', async (start) => {
  const killed = await start()(() => process.kill(process.pid, 'SIGKILL'));
  const bySignal = await taskError(killed.result, 'ERR_TASK_EXIT');
  assert.equal(bySignal.status.signal, 'SIGKILL');
  const aborted = await start({ stderr: 'pipe', limits: { coreSize: 0 } })(() => process.abort());
  assert.equal((await taskError(aborted.result, 'ERR_TASK_EXIT')).status.signal, 'SIGABRT');
});

eachMethod('out of memory is told, with what V8 said', async (_start, _t, method) => {
  const { stdout, stderr } = await inNode(
    `
    import { task } from 'brood';
    const by = task.with({ method: '${method}', stderr: 'pipe', limits: { coreSize: 0 } });
    const t = await by(() => {
      const kept = [];
      for (;;) kept.push(Array.from({ length: 10_000 }, () => ({})));
    });
    const error = await t.result.catch((reason) => reason);
    console.log(error.name, error.code, error.status.signal, /out of memory/.test(error.stderr));
  `,
    { env: { NODE_OPTIONS: '--max-old-space-size=60' } },
  );
  assert.equal(stdout, 'TaskError ERR_TASK_EXIT SIGABRT true\n', stderr);
});

eachMethod('a stack that overflows is a RangeError', async (start) => {
  const t = await start()(() => {
    const deeper = (): unknown => deeper();
    return deeper();
  });
  await assert.rejects(t.result, { name: 'RangeError', message: /call stack/ });
});

eachMethod('an error that nobody caught is the cause', async (start) => {
  const t = await start()(async () => {
    setTimeout(() => {
      throw new TypeError('astray');
    });
    return new Promise(() => setInterval(() => {}, 1000));
  });
  const error = await taskError(t.result, 'ERR_TASK_EXIT');
  assert.equal(error.status.code, 1);
  assert.ok(error.cause instanceof TypeError);
  assert.match(error.stderr, /astray/);
  const rejected = await start()(async () => {
    void Promise.reject(new URIError('unseen'));
    return new Promise(() => setInterval(() => {}, 1000));
  });
  assert.ok((await taskError(rejected.result, 'ERR_TASK_EXIT')).cause instanceof URIError);
});

eachMethod('a promise that can never settle is told', async (start) => {
  const t = await start()(async () => new Promise(() => {}));
  const error = await taskError(t.result, 'ERR_TASK_STALLED');
  assert.equal(error.status.code, 13);
});

eachMethod('what cannot be cloned is told, and the process ends', async (start) => {
  const returned = await start()(function maker() {
    return { deep: [(): void => {}] };
  });
  const error = await taskError(returned.result, 'ERR_TASK_UNCLONABLE');
  assert.match(error.message, /^task 'maker' returned what cannot be cloned: /);
  assert.equal((error.cause as Error).name, 'DataCloneError');
  assert.equal((await returned.wait()).code, 1);
  const thrown = await start()(() => {
    // oxlint-disable-next-line no-throw-literal, typescript/only-throw-error -- that is what is tested
    throw Symbol('odd');
  });
  assert.match(
    (await taskError(thrown.result, 'ERR_TASK_UNCLONABLE')).message,
    /threw Symbol\(odd\)/,
  );
});

eachMethod('a module or export that is not there is told, with what there is', async (start) => {
  const noModule = await start().module('file:///nix/work.js', 'run');
  const absent = await taskError(noModule.result, 'ERR_TASK_MODULE');
  assert.match(absent.message, /^task 'run' could not be loaded: .*\/nix\/work\.js/);
  assert.equal((absent.cause as NodeJS.ErrnoException).code, 'ERR_MODULE_NOT_FOUND');
  assert.equal(absent.status.code, 1);
  const noExport = await start().module(work, 'pidAndSun');
  assert.match((await taskError(noExport.result, 'ERR_TASK_MODULE')).message, /pidAndSum/);
  const noFunction = await start().module(work, 'notAFunction');
  assert.match((await taskError(noFunction.result, 'ERR_TASK_MODULE')).message, /no function/);
  const broken = await start().module('data:text/javascript,throw new RangeError("early")', 'run');
  assert.ok((await taskError(broken.result, 'ERR_TASK_MODULE')).cause instanceof RangeError);
});

test('a failure that nobody looks at is no unhandled rejection, one that is asked for is', async () => {
  const seen = await inNode(`
    import { task } from 'brood';
    const by = task.with({ method: 'spawn', execArgv: [] });
    const silent = await by(() => { throw new Error('unseen'); });
    console.log(String(await silent.wait()));
    const stopped = await by(() => new Promise(() => setInterval(() => {}, 1000)));
    stopped.result;
    await stopped.terminate();
    await silent.result.catch((error) => console.log(error.message));
    const scoped = await by(() => new Promise(() => setInterval(() => {}, 1000)));
    scoped.result;
    await scoped[Symbol.asyncDispose]();
    const asked = await by(() => { throw new Error('seen'); });
    asked.result;
    await asked.wait();
    await new Promise((resolve) => setTimeout(resolve, 1000));
    console.log('never');
  `);
  assert.equal(seen.stdout, 'exited with code 1\nunseen\n');
  assert.match(seen.stderr, /Error: seen/);
  assert.equal(seen.code, 1);
});

test('spawn: a variable that was left behind is told as such, with the way out', async () => {
  const outside = 5;
  const t = await task.with({ method: 'spawn', execArgv: [] })(function adder(n: number) {
    return n + outside;
  }, 1);
  const error = (await rejection(t.result)) as ReferenceError & { code: string };
  assert.ok(error instanceof ReferenceError);
  assert.equal(error.code, 'ERR_TASK_CLOSURE');
  assert.match(error.message, /^outside is not defined: .*'adder'.*task\.module\(\).*'fork'/);
});

test('spawn: a module that starts itself while it loads is refused', async () => {
  const { stdout, stderr } = await inNode(`
    import { task } from 'brood';
    const body = \`
      import { task } from '\${import.meta.resolve('brood')}';
      const again = await task.with({ method: 'spawn', execArgv: [] }).module(import.meta.url, 'run');
      export const run = () => 1;\`;
    const url = 'data:text/javascript,' + encodeURIComponent(body);
    const t = await task.with({ method: 'spawn', execArgv: [] }).module(url, 'run');
    await t.result.catch((error) => console.log(error.code, error.cause.code));
  `);
  assert.equal(stdout, 'ERR_TASK_MODULE ERR_TASK_RECURSION\n', stderr);
});

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { task, type TaskOptions } from 'brood';

import { childrenOf } from '../harness/proc.ts';
import { eachMethod, rejection } from '../harness/task-methods.ts';

type Loose = (...args: unknown[]) => Promise<unknown>;

async function refused(promise: Promise<unknown>, code: string, named: string): Promise<Error> {
  const error = (await rejection(promise)) as Error & { code: string };
  assert.ok(error instanceof TypeError || error instanceof RangeError, String(error));
  assert.equal(error.code, code, error.message);
  assert.ok(error.message.startsWith(`"${named}" `), error.message);
  return error;
}

eachMethod('what is no function, no module, no name', async (start) => {
  const before = childrenOf(process.pid);
  for (const wrong of [undefined, null, 7, 'text', {}, []]) {
    await refused((start() as unknown as Loose)(wrong), 'ERR_INVALID_ARG_TYPE', 'fn');
  }
  const module: Loose = (...args) => (start() as unknown as { module: Loose }).module(...args);
  for (const wrong of [undefined, 7, {}])
    await refused(module(wrong, 'x'), 'ERR_INVALID_ARG_TYPE', 'url');
  for (const wrong of ['./work.js', 'package', '', 'http://example.com/x.js']) {
    const error = await refused(module(wrong, 'x'), 'ERR_INVALID_ARG_VALUE', 'url');
    assert.match(error.message, /import\.meta\.url/);
  }
  await refused(module('node:path'), 'ERR_INVALID_ARG_TYPE', 'name');
  await refused(module('node:path', ''), 'ERR_INVALID_ARG_VALUE', 'name');
  assert.deepEqual(childrenOf(process.pid), before);
});

eachMethod('options that are none, or do not fit', async (start) => {
  const before = childrenOf(process.pid);
  const one = (): number => 1;
  const by = (options: object): Promise<unknown> => start(options as TaskOptions)(one);
  await refused(by({ timeot: 1 }), 'ERR_INVALID_ARG_VALUE', 'options.timeot');
  for (const name of ['shell', 'argv0', 'maxBuffer']) {
    await refused(by({ [name]: 'x' }), 'ERR_INVALID_ARG_VALUE', `options.${name}`);
  }
  await refused(by({ method: 'thread' }), 'ERR_INVALID_ARG_VALUE', 'options.method');
  await refused(by({ linger: 1 }), 'ERR_INVALID_ARG_TYPE', 'options.linger');
  await refused(by({ timeout: -1 }), 'ERR_OUT_OF_RANGE', 'options.timeout');
  await refused(by({ cwd: 7 }), 'ERR_INVALID_ARG_TYPE', 'options.cwd');
  await refused(by({ env: 'x' }), 'ERR_INVALID_ARG_TYPE', 'options.env');
  await refused(by({ stdout: {} }), 'ERR_INVALID_ARG_TYPE', 'options.stdout');
  await refused(by({ priority: 99 }), 'ERR_OUT_OF_RANGE', 'options.priority');
  const loose = (options: unknown): Loose => task.with(options as TaskOptions) as unknown as Loose;
  await refused(loose(7)(one), 'ERR_INVALID_ARG_TYPE', 'options');
  await refused(loose(null)(one), 'ERR_INVALID_ARG_TYPE', 'options');
  assert.deepEqual(childrenOf(process.pid), before);
});

test('spawn: arguments that cannot be cloned are named', async () => {
  const by = task.with({ method: 'spawn' });
  const before = childrenOf(process.pid);
  const start = by as unknown as Loose;
  const error = await refused(
    start(() => 1, 'fine', { call: () => 1 }),
    'ERR_INVALID_ARG_VALUE',
    'args[1]',
  );
  assert.equal((error.cause as Error).name, 'DataCloneError');
  await refused(
    start(() => 1, new SharedArrayBuffer(1)),
    'ERR_INVALID_ARG_VALUE',
    'args[0]',
  );
  assert.deepEqual(childrenOf(process.pid), before);
});

test('spawn: functions that cannot be sent are refused before anything starts', async () => {
  const by = task.with({ method: 'spawn' }) as unknown as Loose;
  const before = childrenOf(process.pid);
  const holder = {
    method() {
      return 1;
    },
    async later() {
      return 1;
    },
    get value() {
      return 1;
    },
  };
  // oxlint-disable-next-line typescript/unbound-method -- it is not called
  const getter = Object.getOwnPropertyDescriptor(holder, 'value')?.get;
  class Thing {
    readonly kind = 'thing';
  }
  // oxlint-disable-next-line typescript/unbound-method, no-extra-bind -- that is what is tested
  const wrong = [Math.max, (() => 1).bind(null), holder.method, holder.later, getter, Thing];
  for (const fn of wrong) await refused(by(fn), 'ERR_INVALID_ARG_VALUE', 'fn');
  const meta = await refused(
    by(() => import.meta.url),
    'ERR_INVALID_ARG_VALUE',
    'fn',
  );
  assert.match(meta.message, /task\.module\(\)/);
  assert.deepEqual(childrenOf(process.pid), before);
});

test('spawn: options of Node', async () => {
  const by = (execArgv: unknown): Promise<unknown> =>
    task.with({ method: 'spawn', execArgv } as TaskOptions)(() => 1);
  await refused(by('--expose-gc'), 'ERR_INVALID_ARG_TYPE', 'options.execArgv');
  await refused(by([7]), 'ERR_INVALID_ARG_TYPE', 'options.execArgv[0]');
  await refused(by(['a\0b']), 'ERR_INVALID_ARG_VALUE', 'options.execArgv[0]');
  const wrong = await task.with({ method: 'spawn', execArgv: ['--no-such-option'] })(() => 1);
  await assert.rejects(wrong.result, {
    name: 'TaskError',
    message: /bad option: --no-such-option/,
  });
});

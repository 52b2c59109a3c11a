/** Tests that hold for every way in which a pool can have its workers. */
import { after, test, type TestContext } from 'node:test';
import { pathToFileURL } from 'node:url';

import { task } from 'brood';
import { Pool, type PoolMethod, type PoolOptions } from 'brood/pool';

import * as work from '../fixtures/pool-work.ts';
import { fixture } from './fixture.ts';

export type Work = typeof work;
/** The module of the handlers. */
export const workUrl: URL = pathToFileURL(fixture('pool-work'));
/** All there are. */
export const poolMethods: readonly PoolMethod[] = ['fork', 'forkserver', 'spawn'];

/** Makes a pool by the method that is being tested. */
export type MakePool = (options?: PoolOptions) => Pool<Work>;

let served = false;

// The fork server is a child of the test's program, until it is told to end.
after(async () => {
  if (!served) return;
  const options = { method: 'forkserver', execArgv: [], preload: [workUrl] } as const;
  const server = await task.with(options).prepare();
  await server.close();
});

/** A pool that is gone after the test. */
export function poolOf(t: TestContext, method: PoolMethod, options: PoolOptions = {}): Pool<Work> {
  served ||= method === 'forkserver';
  const pool =
    method === 'fork'
      ? new Pool<Work>({ ...work }, options)
      : new Pool<Work>(workUrl, { method, execArgv: [], ...options });
  t.after(() => pool.terminate());
  return pool;
}

/** One test for each method. */
export function eachPool(
  name: string,
  run: (make: MakePool, t: TestContext, method: PoolMethod) => Promise<void>,
): void {
  for (const method of poolMethods) {
    test(`${method}: ${name}`, (t) => run((options) => poolOf(t, method, options), t, method));
  }
}

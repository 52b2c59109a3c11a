import type { TestContext } from 'node:test';

/** Returns what it is given, and closes all of it after the test. */
export function closing<T extends Disposable[]>(t: TestContext, ...all: T): T {
  t.after(() => {
    for (const each of all) each[Symbol.dispose]();
  });
  return all;
}

/** Tests that hold for every way in which a task can be started. */
import { after, test, type TestContext } from 'node:test';

import { task, type TaskMethod, type TaskOptions, type TaskStarter } from 'brood';

/** All there are. */
export const methods: readonly TaskMethod[] = ['fork', 'forkserver', 'spawn'];

/** Starts tasks by the method that is being tested. */
export type Using = (options?: TaskOptions) => TaskStarter;

/** Starts tasks by `method`; a fresh Node does not get what this test was started with. */
function using(method: TaskMethod): Using {
  const own: TaskOptions = method === 'fork' ? { method } : { method, execArgv: [] };
  served ||= method === 'forkserver';
  return (options) => task.with({ ...own, ...options });
}

let served = false;

// The fork server is a child of the test's program, until it is told to end.
after(async () => {
  if (!served) return;
  const server = await task.with({ method: 'forkserver', execArgv: [] }).prepare();
  await server.close();
});

/** One test for each method. */
export function eachMethod(
  name: string,
  run: (start: Using, t: TestContext, method: TaskMethod) => Promise<void>,
): void {
  for (const method of methods) {
    test(`${method}: ${name}`, (t) => run(using(method), t, method));
  }
}

/** What a promise was rejected with. */
export async function rejection(promise: Promise<unknown>): Promise<unknown> {
  let value: unknown;
  try {
    value = await promise;
  } catch (error) {
    return error;
  }
  throw new Error(`it should have been rejected, and resolved to ${String(value)}`);
}

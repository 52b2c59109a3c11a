/** Tasks of a fork server in a test, which has ended when the test has. */
import { readFileSync } from 'node:fs';
import type { TestContext } from 'node:test';
import { pathToFileURL } from 'node:url';

import { task, type TaskOptions, type TaskStarter } from 'brood';

import { fixture } from './fixture.ts';
import { childrenOf, stat } from './proc.ts';

/** A module with functions for tasks, see test/fixtures/served-work.ts. */
export const served: URL = pathToFileURL(fixture('served-work'));
export type Served = typeof import('../fixtures/served-work.ts');

/** Starts tasks by a fork server that has {@link served}; the others of a program are not touched. */
export function byServer(
  t: TestContext,
  options: TaskOptions = {},
): (more?: TaskOptions) => TaskStarter {
  const base: TaskOptions = { method: 'forkserver', execArgv: [], preload: [served], ...options };
  t.after(async () => {
    const server = await task.with({ ...base, preload: base.preload ?? [] }).prepare();
    await server.close();
  });
  return (more) => task.with({ ...base, ...more });
}

/** The fork server among the children of this program: the one that leads a group of its own. */
export function serverPid(): number {
  const leaders = childrenOf(process.pid).filter(
    (pid) =>
      stat(pid)?.pgid === pid &&
      readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes('fork-server.js'),
  );
  if (leaders.length !== 1) throw new Error(`there are ${leaders.length} fork servers`);
  return leaders[0]!;
}

/** Its spares: children of this program, too, but in the group of the server. */
export function sparePids(): number[] {
  const server = serverPid();
  return childrenOf(process.pid).filter((pid) => pid !== server && stat(pid)?.pgid === server);
}

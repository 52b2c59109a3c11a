/** Code for a fresh Node that forks, and tells line by line what each side sees. */
import type { NodeOptions } from './fixture.ts';
import { tellingNode, type Told } from './telling-node.ts';

/**
 * `inChild(work)`: forks, runs the work in the child with a watchdog, and gives the status to the
 * parent, where alone it returns; the child ends when its work and what that left behind is done.
 * `sleep`, `until` as everywhere.
 */
const prelude = `
import { readFileSync, readdirSync, writeSync } from 'node:fs';
import { attach, current, features, fork, onFork, signals, spawn } from 'brood';
const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
const until = async (condition) => {
  const stop = Date.now() + 20_000;
  for (;;) {
    const value = await condition();
    if (value) return value;
    if (Date.now() > stop) throw new Error('waited in vain for ' + condition);
    await sleep(5);
  }
};
const watchdog = () => {
  setTimeout(() => {
    writeSync(2, 'the child ' + process.pid + ' hangs: ' + process.getActiveResourcesInfo());
    process.abort();
  }, 30_000).unref();
};
const inChild = (work, options) => {
  const child = fork(options);
  if (!child.isCurrent) return child.wait();
  watchdog();
  process.once('beforeExit', (code) => process.exit(code));
  return Promise.resolve(work()).then(() => new Promise(() => {}));
};
`;

/** Runs it in a fresh Node; see the prelude above, and `tell` of tellingNode. */
export function withFork(code: string, options: NodeOptions = {}): Promise<Told> {
  return tellingNode(prelude + code, options);
}

/** Code for a fresh Node that asks the kernel, not brood, what its signals are set to. */
import type { NodeOptions } from './fixture.ts';
import { tellingNode, type Told } from './telling-node.ts';

/**
 * `seen(n)`: default, ignored or caught, by /proc; `held(n)`: on how many of its threads signal n is
 * blocked, Node's thread for SIGUSR1 left out, which blocks all for good; `raised(name)` sends a signal
 * to itself, and waits until the loop has had the time to hear of it.
 */
const prelude = `
import { readFileSync, readdirSync } from 'node:fs';
import { signals } from 'brood';
const has = (path, set, n) => {
  const text = readFileSync(path, 'latin1');
  const mask = new RegExp('^' + set + ':\\\\s*([0-9a-f]+)$', 'm').exec(text)[1];
  return ((BigInt('0x' + mask) >> BigInt(n - 1)) & 1n) === 1n;
};
const seen = (n) => {
  if (has('/proc/self/status', 'SigIgn', n)) return 'ignored';
  return has('/proc/self/status', 'SigCgt', n) ? 'caught' : 'default';
};
const held = (n) => readdirSync('/proc/self/task').map((id) => '/proc/self/task/' + id + '/status')
  .filter((path) => !has(path, 'SigBlk', 12) || n === 12)
  .map((path) => has(path, 'SigBlk', n));
const turn = () => new Promise((resolve) => setImmediate(resolve));
const heard = [];
const until = async (condition) => {
  const stop = Date.now() + 20_000;
  while (!condition()) {
    if (Date.now() > stop) throw new Error('waited in vain for ' + condition);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
};
`;

/** Runs code that has `signals`, and these witnesses: `seen`, `held`, `until`, `tell`, `heard`, `turn`. */
export function withSignals(code: string, options: NodeOptions = {}): Promise<Told> {
  return tellingNode(prelude + code, options);
}

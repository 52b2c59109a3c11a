/** Code in a fresh Node in which brood has no addon. */
import type { NodeOptions } from './fixture.ts';
import { tellingNode, type Told } from './telling-node.ts';

const prelude = `
import * as brood from 'brood';
const { attach, current, run, runSync, spawn } = brood;
const quiet = { stdin: 'ignore', stdout: 'ignore', stderr: 'ignore' };
const failure = async (call) => {
  try {
    await call();
    return 'done';
  } catch (error) {
    return [error.name, error.code, error.message];
  }
};
`;

/** Runs code that has the names of brood, `quiet`, `failure(call)`, and `tell(value)`. */
export function portable(code: string, options: NodeOptions = {}): Promise<Told> {
  return tellingNode(prelude + code, { ...options, env: { BROOD_PLATFORM: 'portable' } });
}

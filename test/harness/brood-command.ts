/** The command `brood` as a user has it: the built program that package.json names. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import {
  type NodeOptions,
  type NodeResult,
  runNode,
  type StartedNode,
  startNode,
} from './fixture.ts';
import { root } from './root.ts';

interface Manifest {
  readonly bin: { readonly brood: string };
  readonly man: string;
  readonly version: string;
}

/** What package.json says. */
export const manifest: Manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));

/** The path of the program. */
export const broodPath: string = join(root, manifest.bin.brood);

// What the surroundings of the tests say of colours is not what the tests are about.
const neutral = { NO_COLOR: undefined, FORCE_COLOR: undefined };

function surroundings(options: NodeOptions): NodeOptions {
  return { ...options, env: { ...neutral, ...options.env } };
}

/** Runs `brood` to its end. */
export function brood(args: readonly string[], options: NodeOptions = {}): Promise<NodeResult> {
  return runNode([broodPath, ...args], surroundings(options));
}

/** Starts `brood`. The caller sees to its end: await `result`. */
export function startBrood(args: readonly string[], options: NodeOptions = {}): StartedNode {
  return startNode([broodPath, ...args], surroundings(options));
}

/** Its output as JSON. */
export async function broodJson<T>(args: readonly string[], options?: NodeOptions): Promise<T> {
  const { code, stdout, stderr } = await brood(args, options);
  if (code !== 0) throw new Error(`brood ${args.join(' ')} ended with ${code}: ${stderr}`);
  return JSON.parse(stdout) as T;
}

/** Code in a Node of its own: for what would change or end the program of the test. */
import {
  type NodeOptions,
  type NodeResult,
  runNode,
  type StartedNode,
  startNode,
} from './fixture.ts';
import { forOthers } from './for-others.ts';
import { root } from './root.ts';

// Of another user, who may not reach this checkout, from a copy of it.
function placeFor({ uid }: NodeOptions): string {
  return uid === undefined ? root : forOthers().root;
}

// `brood` resolves by self-reference from the folder that the code seems to be in.
function asArguments(code: string): string[] {
  return ['--input-type=module', '--eval', code];
}

/** Runs an ES module given as text, which can import 'brood', in a fresh Node to its end. */
export function inNode(code: string, options: NodeOptions = {}): Promise<NodeResult> {
  return runNode(asArguments(code), { cwd: placeFor(options), ...options });
}

/** Starts it without waiting. The caller sees to its end: await `result`. */
export function startInNode(code: string, options: NodeOptions = {}): StartedNode {
  return startNode(asArguments(code), { cwd: placeFor(options), ...options });
}

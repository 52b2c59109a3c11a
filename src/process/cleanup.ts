/**
 * What children get when this program ends in an orderly way: SIGTERM to them and to all that came from
 * them, one second, and SIGKILL. When a signal ends it, the table of the platform does what a signal
 * handler can: SIGTERM to the children.
 */
import { constants } from 'node:os';

import { atFork } from '../platform/forked.ts';
import type { Handle } from './handle.ts';
import { livingChildren } from './living.ts';
import { ProcessTree } from './tree.ts';

const { SIGTERM, SIGKILL } = constants.signals;

/** Milliseconds for all of them together: somebody waits for this program to end. */
const graceMs = 1000;

let leftToInit = false;
// The office of an init is not inherited.
atFork((inChild) => {
  if (inChild) leftToInit = false;
});

/** From now on this program ends all that is below it at its exit, with a grace of its own. */
export function leaveChildrenToInit(): void {
  leftToInit = true;
}

/** stopChildren() at an orderly exit, if nobody else does it then. */
export function stopChildrenAtExit(): void {
  if (!leftToInit) stopChildren();
}

/** Stops the children that are to be stopped; blocks until they have ended. */
export function stopChildren(): void {
  const handles: Handle[] = [];
  for (const { handle } of livingChildren.values()) {
    if (handle.cleanup && handle.status() === undefined) handles.push(handle);
  }
  if (handles.length === 0) return;
  try {
    stopTrees(handles);
  } catch {
    // Without descriptors or a process table the children alone can still be reached.
    for (const handle of handles) sendQuietly(handle, SIGTERM);
    const end = performance.now() + graceMs;
    for (const { ref } of handles) ref.waitSync(Math.max(0, end - performance.now()));
    for (const handle of handles) sendQuietly(handle, SIGKILL);
  }
}

function stopTrees(handles: readonly Handle[]): void {
  const trees = new ProcessTree(handles.map((handle) => handle.ref));
  const end = performance.now() + graceMs;
  trees.signal(SIGTERM, true);
  for (const { ref } of trees.look().living) {
    ref?.waitSync(Math.max(0, Math.ceil(end - performance.now())));
  }
  if (trees.look().living.length > 0) trees.kill();
}

function sendQuietly({ ref }: Handle, number: number): void {
  try {
    ref.signal(number);
  } catch {
    // It belongs to another user now; the next one is still to be reached.
  }
}

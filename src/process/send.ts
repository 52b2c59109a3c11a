/** Signals to a process, or to all that belong to it. */
import { constants } from 'node:os';

import { ProcessGroup } from './group.ts';
import type { Handle } from './handle.ts';
import type { Scope } from './stop-options.ts';
import { ProcessTree } from './tree.ts';

const { SIGCONT, SIGKILL } = constants.signals;

/** False if nobody was left to be signalled. */
export function send(handle: Handle, number: number, scope: Scope): boolean {
  const { ref } = handle;
  if (scope.tree !== true && scope.group !== true) return ref.signal(number);
  // A process that ended has no tree any more: what it left behind has other parents.
  if (scope.tree === true && handle.status() !== undefined) return false;
  const several = scope.tree === true ? new ProcessTree([ref]) : new ProcessGroup(ref);
  try {
    return number === SIGKILL ? several.kill() : several.signal(number, number === SIGCONT);
  } finally {
    several.release();
  }
}

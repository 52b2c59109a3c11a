/** Options of what ends or signals processes. */
import { constants } from 'node:os';

import { invalidType, invalidValue } from '../errors.ts';
import type { StopRequest } from './terminate.ts';
import { checkAbortSignal, checkTimeout } from './time.ts';

/** Whom a signal concerns besides the process itself; one of the two. */
export interface Scope {
  /**
   * All that came from the process too: its children, theirs, and those that are in a group or session
   * which one of them leads. Never this program, its ancestors, or its own group.
   */
  readonly tree?: boolean | undefined;
  /** Its whole process group too, which must not be that of this program. */
  readonly group?: boolean | undefined;
}

/** How a process is asked to end. */
export interface TerminateOptions extends Scope {
  /** Milliseconds from SIGTERM to SIGKILL; 5000 if not given. */
  readonly grace?: number | undefined;
  /** Cuts the grace short when it is aborted: SIGKILL at once. */
  readonly signal?: AbortSignal | undefined;
}

const usualGrace = 5000;
const everything: Scope = {};

/** Checks `tree` and `group`. */
export function checkScope(options: Scope | undefined, name: string): Scope {
  if (options === undefined) return everything;
  if (typeof options !== 'object' || options === null) {
    throw invalidType(name, 'an object', options);
  }
  const { tree, group } = options;
  if (tree !== undefined && typeof tree !== 'boolean') {
    throw invalidType(`${name}.tree`, 'a boolean', tree);
  }
  if (group !== undefined && typeof group !== 'boolean') {
    throw invalidType(`${name}.group`, 'a boolean', group);
  }
  if (tree === true && group === true) {
    throw invalidValue(`${name}.group`, group, `goes not with ${name}.tree`);
  }
  return options;
}

/** Checks the options of terminate(). */
export function checkTerminate(options: TerminateOptions | undefined, name: string): StopRequest {
  const { tree, group } = checkScope(options, name);
  return {
    signalNumber: constants.signals.SIGTERM,
    graceMs: checkTimeout(options?.grace, `${name}.grace`) ?? usualGrace,
    tree,
    group,
    abort: checkAbortSignal(options?.signal, `${name}.signal`),
  };
}

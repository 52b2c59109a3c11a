/** This program is the init itself, while it does its own work. */
import { constants } from 'node:os';
import { isMainThread } from 'node:worker_threads';

import { UnsupportedError } from '../errors.ts';
import { atFork } from '../platform/forked.ts';
import { platform } from '../platform/select.ts';
import { leaveChildrenToInit } from '../process/cleanup.ts';
import { current } from '../process/current.ts';

/** The office that a program holds. */
export interface InitOffice {
  /** How many orphans were reaped so far. */
  readonly reaped: number;
  /** Milliseconds from SIGTERM to SIGKILL at the end. */
  readonly grace: number;
}

/** With these one asks a program to end; PID 1 has no default action for them, and would go on. */
const fatal = ['SIGTERM', 'SIGINT', 'SIGHUP', 'SIGQUIT'] as const;

/** What a shell would say of a program that the signal ended. */
const codeOf = (name: (typeof fatal)[number]): number => 128 + constants.signals[name];

let held: InitOffice | undefined;

atFork((inChild, clean) => {
  if (!inChild || held === undefined) return;
  held = undefined;
  if (!clean) for (const name of fatal) process.off(name, endUnlessHandled);
});

/** The office of this program, if it holds it. */
export function officeHeld(): InitOffice | undefined {
  return held;
}

/** Takes it. */
export function takeOffice(grace: number): InitOffice {
  if (!isMainThread) {
    throw new UnsupportedError(
      'init() belongs to the main thread: signals and the end are its own',
    );
  }
  const { own } = platform();
  // First of all: where this cannot be had, nothing has changed.
  own.takeOffice(grace);
  if (process.pid !== 1) current.subreaper = true;
  leaveChildrenToInit();
  // Before all others, so that a handler that is there once only is still there to be counted.
  for (const name of fatal) process.prependListener(name, endUnlessHandled);
  held = {
    grace,
    get reaped() {
      return own.orphansReaped();
    },
  };
  return held;
}

/** Ends the program as the default action would, but with what is to be done at its end. */
function endUnlessHandled(name: NodeJS.Signals): void {
  if (process.listenerCount(name) > 1) return;
  process.exit(codeOf(name as (typeof fatal)[number]));
}

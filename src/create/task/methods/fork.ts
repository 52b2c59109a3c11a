/** The start method 'fork': a copy of this process, in which only the function runs. */
import { closeSync } from 'node:fs';
import { Socket } from 'node:net';

import { rehearseTasks } from '../../../child/rehearsal.ts';
import { platform } from '../../../platform/select.ts';
import { startEntry } from '../../fork-entry.ts';
import { checkSettle } from '../../fork.ts';
import type { Assignment, StartedTask } from './method.ts';
import { keepOwnEnd, lendEnd, takeBackEnd } from './their-ends.ts';

/** See `StartMethod`. */
export async function startByFork(assignment: Assignment): Promise<StartedTask> {
  const { method: _method, linger: _linger, execArgv: _argv, ...options } = assignment.options;
  const settleMs = checkSettle(options);
  await rehearseTasks();
  const [ours, theirs] = platform().descriptors.socketpair();
  lendEnd(theirs);
  // A stream from now on: as such it leads nowhere in the child, nor in others that are forked.
  const control = new Socket({ fd: ours, readable: true, writable: true });
  const entry = (): void => {
    keepOwnEnd(theirs);
    assignment.begin(theirs);
  };
  Object.defineProperty(entry, 'name', { value: assignment.title });
  try {
    const forked = await startEntry(
      entry,
      { stdin: 'ignore', ...options },
      { settleMs, withoutKeeper: assignment.dies },
    );
    return { started: forked.started, control, job: undefined, plan: forked.plan };
  } catch (error) {
    control.destroy();
    throw error;
  } finally {
    takeBackEnd(theirs);
    closeSync(theirs);
  }
}

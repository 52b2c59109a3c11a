/** The start method 'fork': a copy of this process, in which only the function runs. */
import { closeSync } from 'node:fs';
import { Socket } from 'node:net';

import { rehearseTasks } from '../../../child/rehearsal.ts';
import { serveJob } from '../../../child/serve-task.ts';
import { platform } from '../../../platform/select.ts';
import { startEntry } from '../../fork-entry.ts';
import { checkSettle } from '../../fork.ts';
import { checkRecursion } from '../job.ts';
import type { TaskPlan } from '../plan.ts';
import type { StartedTask } from './method.ts';

/**
 * The ends of children that are still on their way. One that is forked meanwhile has them too, and must
 * not keep them: we would not notice the end of their owners.
 */
const theirEnds = new Set<number>();

/** See `StartMethod`. */
export async function startByFork(task: TaskPlan): Promise<StartedTask> {
  const { work, args, linger, survives, dies } = task;
  const { method: _method, linger: _linger, execArgv: _argv, ...options } = task.options;
  const settleMs = checkSettle(options);
  if (work.from === 'module') checkRecursion(work.url);
  await rehearseTasks();
  const [ours, theirs] = platform().descriptors.socketpair();
  theirEnds.add(theirs);
  // A stream from now on: as such it leads nowhere in the child, nor in others that are forked.
  const control = new Socket({ fd: ours, readable: true, writable: true });
  const entry = (): void => {
    for (const fd of theirEnds) if (fd !== theirs) closeSync(fd);
    theirEnds.clear();
    const target = work.from === 'module' ? work : work.fn;
    serveJob(theirs, target, { args, linger, survives });
  };
  Object.defineProperty(entry, 'name', { value: work.name });
  try {
    const forked = await startEntry(
      entry,
      { stdin: 'ignore', ...options },
      { settleMs, withoutKeeper: dies },
    );
    return { started: forked.started, control, job: undefined, plan: forked.plan };
  } catch (error) {
    control.destroy();
    throw error;
  } finally {
    theirEnds.delete(theirs);
    closeSync(theirs);
  }
}

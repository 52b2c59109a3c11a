/** A process that was started for something: the first message says for what. */
import { ControlLine } from './control-line.ts';
import { serveDuty } from './serve-duty.ts';
import { TaskServer } from './serve-task.ts';
import { kinds, type Job } from './task-messages.ts';
import { workerKinds, type Duty } from './worker-messages.ts';

/**
 * Makes this process what the first message over the descriptor `controlFd`, which is owned from now on,
 * says: one that does a task's job and ends, or a worker with a duty. How the process came to be does not
 * matter here.
 */
export function serve(controlFd: number): void {
  const line = new ControlLine(controlFd, {
    arrived: ({ kind, value }) => {
      line.wire.release();
      if (kind === workerKinds.duty) serveDuty(line, value as Duty);
      else if (kind === kinds.job) new TaskServer(line).runJob(value as Job);
      else throw new Error(`a child was told the kind of message ${kind} first`);
    },
    // Nobody wants anything of it any more.
    over: () => process.exit(1),
  });
  line.wire.hold();
}

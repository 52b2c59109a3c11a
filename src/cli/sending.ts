/** Signals to several processes, and whom they reached. */
import { ProcessError } from '../index.ts';
import { complain, Misuse } from './failure.ts';
import { takeAll, type Target } from './values/target.ts';

/** Whom a signal concerns besides the processes themselves. */
export interface Reach {
  readonly tree?: true;
  readonly group?: true;
}

/** Whether one process was reached. */
export interface Sent {
  readonly pid: number;
  readonly sent: boolean;
  readonly error?: string;
}

/** Refuses what does not go together. */
export function checkReach({ tree, group }: Reach): void {
  if (tree === true && group === true) throw new Misuse('--tree and --group do not go together');
}

/** Sends a signal to each; those that it did not reach are told on stderr. */
export function sendAll(signal: number, targets: readonly Target[], reach: Reach): Sent[] {
  checkReach(reach);
  const { tree, group } = reach;
  return takeAll(targets).map(([{ pid, text }, found]) => {
    if (found instanceof ProcessError) return { pid, sent: false, error: found.message };
    try {
      if (found.signal(signal, { tree, group })) return { pid, sent: true };
      complain(`${text}: it has already ended`);
      return { pid, sent: false, error: 'it has already ended' };
    } catch (error) {
      if (!(error instanceof ProcessError)) throw error;
      complain(`${text}: ${error.message}`);
      return { pid, sent: false, error: error.message };
    }
  });
}

/** What a start method is: one file each, one shape. */
import type { Duplex } from 'node:stream';

import type { Frame } from '../../../channel/frame.ts';
import type { Started } from '../../../platform/platform.ts';
import type { SpawnPlan } from '../../spawn-options.ts';
import type { TaskPlan } from '../plan.ts';

/** A process that has started, with the function on its way to it. */
export interface StartedTask {
  /** Its reference and our ends of its streams, the control connection left out. */
  readonly started: Started;
  /** Our end of the control connection. */
  readonly control: Duplex;
  /** What is written to the control connection first; undefined: it knows what to do. */
  readonly job: Frame | undefined;
  /** What is to be done with its streams, and when it is stopped. */
  readonly plan: Pick<SpawnPlan, 'stdio' | 'bound' | 'stop'>;
}

/**
 * Starts a process for a task. Rejects with TypeErrors and RangeErrors for what cannot be had, before
 * anything is started, and with a ProcessError when it could not be started; nothing is left then.
 */
export type StartMethod = (plan: TaskPlan) => Promise<StartedTask>;

/** A start method that was prepared. */
export interface Prepared extends AsyncDisposable {
  /** Ends what was prepared: the fork server and its spares. Tasks go on; new ones start a new one. */
  close(): Promise<void>;
}

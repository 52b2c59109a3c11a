/** What a start method is: one file each, one shape. */
import type { Duplex } from 'node:stream';

import type { Frame } from '../../../channel/frame.ts';
import type { Started } from '../../../platform/platform.ts';
import type { SpawnPlan } from '../../spawn-options.ts';
import type { TaskOptions } from '../plan.ts';

/** What a process is started for: the job of a task, or the duty of a worker. */
export interface Assignment {
  /** What it is called where a program has its name: `task resize`. */
  readonly title: string;
  /** What its process is to be, with the defaults worked out. */
  readonly options: TaskOptions;
  /** It dies with this program, by a death signal for itself alone. */
  readonly dies: boolean;
  /** For the method 'forkserver': what it starts itself is not looked after when this program is killed. */
  readonly withoutKeeper?: boolean;
  /** In a process that has this one's memory: begins it. `controlFd` is owned from then on. */
  begin(controlFd: number): void;
  /**
   * For a process that knows nothing of this one: the first message to it.
   *
   * @throws TypeError `ERR_INVALID_ARG_VALUE` for what cannot be sent.
   */
  message(): Frame;
}

/** A process that has started, with what it is to do on its way to it. */
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
 * Starts a process for something. Rejects with TypeErrors and RangeErrors for what cannot be had, before
 * anything is started, and with a ProcessError when it could not be started; nothing is left then.
 */
export type StartMethod = (assignment: Assignment) => Promise<StartedTask>;

/** A start method that was prepared. */
export interface Prepared extends AsyncDisposable {
  /** Ends what was prepared: the fork server and its spares. Tasks go on; new ones start a new one. */
  close(): Promise<void>;
}

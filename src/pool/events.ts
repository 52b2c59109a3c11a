/** What a pool tells on the channels of node:diagnostics_channel, to whoever listens. */
import { channel, type Channel } from 'node:diagnostics_channel';

import type { ExitStatus } from '../status/exit-status.ts';

/** What is told of a task. */
export interface TaskEvent {
  /** The handler. */
  readonly task: string;
  /** Its number in the pool. */
  readonly id: number;
  /** The worker; undefined while it waits. */
  readonly pid?: number | undefined;
  /** Why it failed. */
  readonly error?: unknown;
}

/** What is told of a worker. */
export interface WorkerEvent {
  readonly pid: number;
  /** How it ended. */
  readonly status?: ExitStatus | undefined;
}

type Happening = 'queued' | 'begun' | 'done' | 'failed' | 'started' | 'ended';

/** The channels by what has happened. */
const channels: Readonly<Record<Happening, Channel>> = {
  queued: channel('brood:pool:task:queued'),
  begun: channel('brood:pool:task:begun'),
  done: channel('brood:pool:task:done'),
  failed: channel('brood:pool:task:failed'),
  started: channel('brood:pool:worker:started'),
  ended: channel('brood:pool:worker:ended'),
};

/** Tells it, if anybody listens. */
export function publish(name: Happening, event: () => TaskEvent | WorkerEvent): void {
  const to = channels[name];
  if (to.hasSubscribers) to.publish(event());
}

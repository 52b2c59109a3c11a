/** What a supervisor tells. */
import type { ExitStatus } from '../status/exit-status.ts';
import type { SupervisorEnd } from './supervisor-end.ts';

interface Told {
  /** Milliseconds since the epoch. */
  readonly at: number;
}

interface OfChild extends Told {
  readonly name: string;
  /** Its number, from 1 on. */
  readonly instance: number;
  /** The names of the supervisors between this one and the child, the outermost first. */
  readonly path?: readonly string[] | undefined;
}

/** It runs. `restarts`: how often it was started again. */
export interface StartedEvent extends OfChild {
  readonly type: 'started';
  readonly pid: number | undefined;
  readonly restarts: number;
}

/** It is ready, so long after its start. */
export interface ReadyEvent extends OfChild {
  readonly type: 'ready';
  readonly pid: number | undefined;
  readonly afterMs: number;
}

/** It ended, and nothing of it is left. `expected`: it was stopped because that was asked for. */
export interface ExitedEvent extends OfChild {
  readonly type: 'exited';
  readonly pid: number | undefined;
  readonly status: ExitStatus | undefined;
  readonly expected: boolean;
  /** Why it was stopped, what a task threw, why it could not be started. */
  readonly error?: unknown;
}

/** It is started again, after a pause. */
export interface RestartingEvent extends OfChild {
  readonly type: 'restarting';
  readonly delayMs: number;
}

/** It is being stopped for that reason, which counts as a failure. */
export interface UnhealthyEvent extends OfChild {
  readonly type: 'unhealthy';
  readonly pid: number | undefined;
  readonly reason: string;
}

/** What it says of its state (STATUS= of sd_notify(3)). */
export interface StatusEvent extends OfChild {
  readonly type: 'status';
  readonly text: string;
}

/** It ended and is not started again, was stopped, or was replaced by a new one that is ready. */
export interface RestingEvent extends OfChild {
  readonly type: 'finished' | 'failed' | 'stopped' | 'reloaded';
}

/** It failed once more than may be: everything is stopped now. */
export interface GaveUpEvent extends OfChild {
  readonly type: 'gave-up';
  readonly reason: string;
}

/** A line that it printed, without its end. */
export interface LogEvent extends OfChild {
  readonly type: 'log';
  readonly pid: number | undefined;
  readonly stream: 'stdout' | 'stderr';
  readonly line: string;
}

/** A log file cannot be written; its lines are lost until it can. */
export interface LogFailedEvent extends Told {
  readonly type: 'log-failed';
  readonly file: string;
  readonly error: unknown;
}

/** The last one: all have been stopped. */
export interface EndedEvent extends Told {
  readonly type: 'ended';
  readonly end: SupervisorEnd;
}

/** Each by its `type`. */
export type SupervisorEvent =
  | StartedEvent
  | ReadyEvent
  | ExitedEvent
  | RestartingEvent
  | UnhealthyEvent
  | StatusEvent
  | RestingEvent
  | GaveUpEvent
  | LogEvent
  | LogFailedEvent
  | EndedEvent;

/** The types of events. */
export type SupervisorEventType = SupervisorEvent['type'];

/** All of them, `'log'` last. */
export const eventTypes: readonly SupervisorEventType[] = [
  'started',
  'ready',
  'exited',
  'restarting',
  'unhealthy',
  'status',
  'finished',
  'failed',
  'stopped',
  'reloaded',
  'gave-up',
  'log-failed',
  'ended',
  'log',
];

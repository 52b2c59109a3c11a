/** One life of a child, from its start to the moment when nothing of it is left. */
import type { ExitStatus } from '../../status/exit-status.ts';

/** How it ended. */
export interface RunEnd {
  /** It did what it should, and was not stopped for a reason of ours. */
  readonly ok: boolean;
  /** How its process ended; undefined where there was none. */
  readonly status?: ExitStatus | undefined;
  /** What a task threw, why a supervisor ended, why it could not be started. */
  readonly error?: unknown;
}

/** A child that was started. */
export interface Run {
  /** undefined: it has no process of its own. */
  readonly pid: number | undefined;
  /** In milliseconds of performance.now(). */
  readonly startedAt: number;
  /**
   * Resolves when it has ended, nothing of it is left, and its output was read. Rejects only if
   * something of it cannot be ended.
   */
  readonly ended: Promise<RunEnd>;
  /** Resolves when it is ready, and with false when it ended before that or was not ready in time. */
  readonly ready: Promise<boolean>;
  /** Stops it, and resolves when `ended` does. */
  stop(): Promise<RunEnd>;
  /** Cuts the grace of stop() short. */
  force(): void;
}

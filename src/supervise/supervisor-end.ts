/** How a supervisor ended. */
import type { ExitStatus } from '../status/exit-status.ts';

/** The first child that failed for good. */
export interface Failure {
  readonly name: string;
  readonly instance: number;
  /** How its process ended; undefined: it could not be started, or is a supervisor. */
  readonly status: ExitStatus | undefined;
  readonly error: unknown;
}

/**
 * How a supervisor ended: `'stopped'` by stop(); `'finished'`: its children have ended, or one that is
 * significant has; `'gave-up'`: there were more restarts than may be.
 */
export interface SupervisorEnd {
  readonly reason: 'stopped' | 'finished' | 'gave-up';
  /** undefined: none failed. */
  readonly failure: Failure | undefined;
}

/** A short account of a failure. */
export function describeFailure({
  status,
  error,
}: {
  readonly status?: ExitStatus | undefined;
  readonly error?: unknown;
}): string {
  if (typeof error === 'string') return error;
  if (status !== undefined) return String(status);
  return error instanceof Error ? error.message : 'it ended';
}

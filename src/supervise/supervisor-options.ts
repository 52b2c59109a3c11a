/** What a supervisor is given. */
import type { ChildSpec } from './child-spec.ts';
import type { LogOptions } from './log/log-options.ts';
import type { Strategy } from './strategy.ts';

/** Pauses before restarts, in milliseconds; the first restart in a row is immediate. */
export interface BackoffOptions {
  /** Before the second restart in a row, 100 by default; then `factor` times more each time. */
  readonly min?: number | undefined;
  /** The longest, 30000 by default. */
  readonly max?: number | undefined;
  /** 2 by default. */
  readonly factor?: number | undefined;
  /** 0 to 1: how far a pause may be from that, by chance; 0.5 by default. */
  readonly jitter?: number | undefined;
}

/** Options of {@link Supervisor}. */
export interface SupervisorOptions {
  /** What it looks after; started in this order as far as `dependsOn` does not say otherwise. */
  readonly children: readonly ChildSpec[];
  /** What is restarted when one of them ends, `'one-for-one'` by default. */
  readonly strategy?: Strategy | undefined;
  /** At most so many restarts within `period`, 5 by default; one more, and it gives up. */
  readonly intensity?: number | undefined;
  /** Milliseconds, 10000 by default. A child that ran for so long has no back-off any more. */
  readonly period?: number | undefined;
  readonly backoff?: BackoffOptions | undefined;
  /**
   * Where the output of children goes, by lines; by default to that of this program, with the name in
   * front. false: nowhere but to events.
   */
  readonly log?: LogOptions | false | undefined;
}

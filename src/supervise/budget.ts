/** How often things may be restarted: Erlang's intensity and period, as pure logic. */

/**
 * Counts restarts in a window that slides. Moments are milliseconds of a clock that only goes forward
 * (performance.now()), so a jump of the calendar neither fills nor empties it.
 */
export class RestartBudget {
  readonly intensity: number;
  readonly period: number;
  #moments: number[] = [];

  /** At most `intensity` restarts within `period` milliseconds. */
  constructor(intensity: number, period: number) {
    this.intensity = intensity;
    this.period = period;
  }

  /** Notes a restart at that moment: false if it is one too many, and must not be made. */
  spend(now: number): boolean {
    if (this.intensity === Infinity) return true;
    this.#moments = this.#moments.filter((moment) => now - moment < this.period);
    if (this.#moments.length >= this.intensity) return false;
    this.#moments.push(now);
    return true;
  }
}

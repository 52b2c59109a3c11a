/** How long to wait before a restart: none before the first, then longer and longer, with jitter. */

/** The shape of a back-off; times in milliseconds. */
export interface BackoffPlan {
  /** The pause before the second restart in a row; the first one is immediate. */
  readonly min: number;
  readonly max: number;
  /** By what each pause is longer than the one before. */
  readonly factor: number;
  /** 0: exact pauses; 0.5: from half to one and a half of them, so that many do not start at once. */
  readonly jitter: number;
}

/** The pauses of one child. */
export class Backoff {
  readonly #plan: BackoffPlan;
  readonly #random: () => number;
  #inRow = 0;

  /** `random`: 0 to below 1. */
  constructor(plan: BackoffPlan, random: () => number = Math.random) {
    this.#plan = plan;
    this.#random = random;
  }

  /** The pause before the next restart. */
  next(): number {
    const { min, max, factor, jitter } = this.#plan;
    const step = this.#inRow++;
    if (step === 0) return 0;
    const exact = Math.min(max, min * factor ** (step - 1));
    return Math.min(max, exact * (1 - jitter + 2 * jitter * this.#random()));
  }

  /** It has run well: the next restart is a first one. */
  reset(): void {
    this.#inRow = 0;
  }
}

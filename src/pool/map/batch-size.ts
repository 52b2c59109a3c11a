/** How many items a process is given at a time, learnt from how long they take. */

/** Long enough that messages cost nothing, short enough that all processes end together. */
const batchMs = 50;
/** Shorter than that a message would cost more than it carries. */
const leastMs = 2;

/** For one run. */
export class BatchSize {
  readonly #fixed: number | undefined;
  readonly #processes: number;
  /** Milliseconds for one item; the newest counts half. */
  #each: number | undefined;

  constructor(fixed: number | undefined, processes: number) {
    this.#fixed = fixed;
    this.#processes = processes;
  }

  /** Whether batches are so short that a process should have the next one before it is done. */
  get areShort(): boolean {
    return this.#each !== undefined && this.#each * (this.#fixed ?? 1) <= batchMs;
  }

  /** So many items took so long. */
  learn(items: number, ms: number): void {
    if (items === 0) return;
    const each = ms / items;
    this.#each = this.#each === undefined ? each : (this.#each + each) / 2;
  }

  /** `left`: how many there are still to be given out, if that is known. */
  next(left: number | undefined): number {
    if (this.#fixed !== undefined) return this.#fixed;
    // Of the first one nothing is known.
    if (this.#each === undefined) return 1;
    const wanted = within(batchMs / this.#each);
    if (left === undefined) return wanted;
    // Towards the end ever smaller ones: nobody should be left with a large one.
    const share = Math.ceil(left / (this.#processes * 2));
    return Math.min(wanted, Math.max(share, within(leastMs / this.#each)));
  }
}

const mostItems = 1_000_000;

function within(size: number): number {
  return Math.max(1, Math.min(mostItems, Math.floor(size)));
}

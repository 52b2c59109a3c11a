/** What is to be done anew: given back, or lost with the process that had it. */
import { part, type Batch } from './batch.ts';

/** Batches that were given out before. */
export class Redo {
  readonly #retries: number;
  /** By their first item. */
  readonly #batches: Batch[] = [];
  /** How often an item's process died. */
  readonly #deaths = new Map<number, number>();

  constructor(retries: number) {
    this.#retries = retries;
  }

  get isEmpty(): boolean {
    return this.#batches.length === 0;
  }

  /** Whether there is anything before that item. */
  hasBelow(limit: number): boolean {
    const [first] = this.#batches;
    return first !== undefined && first.from < limit;
  }

  add(batch: Batch): void {
    if (batch.from >= batch.to) return;
    const at = this.#batches.findIndex(({ from }) => from > batch.from);
    this.#batches.splice(at === -1 ? this.#batches.length : at, 0, batch);
  }

  /** The first of them, at most so many items, none from `limit` on. */
  take(most: number, limit: number): Batch | undefined {
    const [first] = this.#batches;
    if (first === undefined || first.from >= limit) return undefined;
    this.#batches.shift();
    const end = Math.min(first.to, first.from + most, limit);
    this.add(part(first, end, first.to));
    return part(first, first.from, end);
  }

  /** Counts that a process died at that item; how often that was. */
  attempt(index: number): number {
    const deaths = (this.#deaths.get(index) ?? 0) + 1;
    this.#deaths.set(index, deaths);
    return deaths;
  }

  /**
   * A process died at the item `index` (undefined: between items) with those batches in hand. What of it
   * may be done anew is kept for that. Returns where the error belongs, if the item is not tried again:
   * without retries nothing runs twice, so what the process had done of its batch is lost, and it is
   * there.
   */
  afterDeath(inHand: readonly Batch[], index: number | undefined): number | undefined {
    let failed: number | undefined;
    for (const batch of inHand) {
      if (index === undefined || index < batch.from || index >= batch.to) {
        this.add(batch);
        continue;
      }
      if (this.#retries === 0) {
        failed = batch.from;
        continue;
      }
      this.add(part(batch, batch.from, index));
      // Alone: should it kill the next one too, then nothing else is lost.
      this.add(part(batch, index, index + 1));
      this.add(part(batch, index + 1, batch.to));
      if ((this.#deaths.get(index) ?? 0) > this.#retries) failed = index;
    }
    return failed;
  }
}

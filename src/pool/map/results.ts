/** Results between the processes that make them and the one who takes them. */

/** The results of a batch, or of a part of one. */
export interface Portion {
  readonly from: number;
  readonly count: number;
  /** undefined where nobody wants them. */
  readonly values: readonly unknown[] | undefined;
  readonly weight: number;
}

type End = { readonly at: number } | { readonly at: number; readonly error: unknown };

/** In the order of the items, or as they come. */
export class Results {
  readonly #ordered: boolean;
  /** By their first item if ordered; otherwise in the order in which they came. */
  readonly #portions = new Map<number, Portion>();
  /** The item whose result comes next. */
  #head = 0;
  #taken = 0;
  #weight = 0;
  /** After so many items comes the end, or an error. */
  #end: End | undefined;
  #failure: { readonly error: unknown } | undefined;
  #wake: (() => void) | undefined;

  constructor(ordered: boolean) {
    this.#ordered = ordered;
  }

  /** How many portions nobody has taken yet, and about how many bytes they are. */
  get held(): { readonly portions: number; readonly weight: number } {
    return { portions: this.#portions.size, weight: this.#weight };
  }

  add(portion: Portion): void {
    if (portion.count === 0) return;
    this.#portions.set(portion.from, portion);
    this.#weight += portion.weight;
    this.#changed();
  }

  /** All there will ever be are there: so many. */
  end(total: number): void {
    this.#end ??= { at: total };
    this.#changed();
  }

  /** An error in the place of an item: told once all before it were taken. The first one counts. */
  failAt(index: number, error: unknown): void {
    if (this.#end !== undefined && this.#end.at <= index) return;
    this.#end = { at: index, error };
    this.#changed();
  }

  /** An error that is told next, whatever there is. */
  fail(error: unknown): void {
    this.#failure ??= { error };
    this.#portions.clear();
    this.#changed();
  }

  /** Nobody wants any more of them: who waits for some is told of the end. */
  abandon(): void {
    this.#portions.clear();
    this.#end = { at: 0 };
    this.#changed();
  }

  /**
   * The next portion, or undefined at the end; waits for it. Rejects with the error that is in its
   * place. One at a time.
   */
  async take(): Promise<Portion | undefined> {
    for (;;) {
      if (this.#failure !== undefined) throw this.#failure.error;
      const portion = this.#next();
      if (portion !== undefined) {
        this.#portions.delete(portion.from);
        this.#weight -= portion.weight;
        this.#head += portion.count;
        this.#taken += portion.count;
        return portion;
      }
      const end = this.#end;
      if (end !== undefined && this.#taken >= end.at) {
        if ('error' in end) throw end.error;
        return undefined;
      }
      await new Promise<void>((resolve) => (this.#wake = resolve));
    }
  }

  #next(): Portion | undefined {
    if (this.#ordered) return this.#portions.get(this.#head);
    const [first] = this.#portions.values();
    return first;
  }

  #changed(): void {
    this.#wake?.();
    this.#wake = undefined;
  }
}

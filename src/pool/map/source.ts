/** Where the items of map() come from. */
import { invalidType } from '../../errors.ts';
import type { Batch } from './batch.ts';

/** Items in memory, or asked for one by one. */
export interface Source {
  /** undefined where they are asked for one by one. */
  readonly total: number | undefined;
  /** The items, where forked processes have them. */
  readonly inherited: ArrayLike<unknown> | undefined;
  /** How many are still to be taken, if that is known. */
  readonly left: number | undefined;
  /** Whether all were taken. */
  readonly isDone: boolean;
  /** What asking for the next one has thrown; those before it may still have to be taken. */
  readonly failure: { readonly error: unknown; readonly index: number } | undefined;
  /** Called when there are items again where there were none, or there never will be. */
  onMore: (() => void) | undefined;
  /** The next items, at most so many; undefined if there are none now. */
  take(most: number): Batch | undefined;
  /** No more will be taken. */
  close(): Promise<void>;
}

/** Nothing is asked of the items until the source is made. @throws TypeError if they are none. */
export function sourceOf(items: unknown): () => Source {
  if (typeof items === 'string') return () => new InMemory(Array.from(items));
  if (typeof items === 'object' && items !== null) {
    if (Array.isArray(items) || ArrayBuffer.isView(items)) {
      if (!(items instanceof DataView)) return () => new InMemory(items as ArrayLike<unknown>);
    }
    // They are in memory as much as those of an array; only not by number.
    if (items instanceof Set || items instanceof Map) return () => new InMemory([...items]);
    const { [Symbol.asyncIterator]: asynchronous, [Symbol.iterator]: iterator } = items as Partial<
      AsyncIterable<unknown> & Iterable<unknown>
    >;
    if (typeof asynchronous === 'function') {
      return () => new OneByOneLater(asynchronous.call(items as AsyncIterable<unknown>));
    }
    if (typeof iterator === 'function') {
      return () => new OneByOne(iterator.call(items as Iterable<unknown>));
    }
    const { length } = items as { length?: unknown };
    if (Number.isSafeInteger(length) && (length as number) >= 0) {
      return () => new InMemory(items as ArrayLike<unknown>);
    }
  }
  throw invalidType('items', 'an array, an iterable or an async iterable', items);
}

class InMemory implements Source {
  readonly inherited: ArrayLike<unknown>;
  readonly total: number;
  readonly failure = undefined;
  onMore: Source['onMore'];
  #taken = 0;

  constructor(items: ArrayLike<unknown>) {
    this.inherited = items;
    this.total = items.length;
  }

  get left(): number {
    return this.total - this.#taken;
  }

  get isDone(): boolean {
    return this.#taken === this.total;
  }

  take(most: number): Batch | undefined {
    if (this.isDone) return undefined;
    const from = this.#taken;
    this.#taken = Math.min(this.total, from + most);
    return { from, to: this.#taken, items: undefined };
  }

  async close(): Promise<void> {}
}

/** A source that takes long must not keep the processes from what is there. */
const longestMs = 10;

class OneByOne implements Source {
  readonly total = undefined;
  readonly inherited = undefined;
  readonly left = undefined;
  isDone = false;
  failure: Source['failure'];
  onMore: Source['onMore'];
  readonly #iterator: Iterator<unknown>;
  #taken = 0;

  constructor(iterator: Iterator<unknown>) {
    this.#iterator = iterator;
  }

  take(most: number): Batch | undefined {
    const items: unknown[] = [];
    const end = performance.now() + longestMs;
    while (!this.isDone && items.length < most && performance.now() < end) this.#next(items);
    if (items.length === 0) return undefined;
    const from = this.#taken;
    this.#taken += items.length;
    return { from, to: this.#taken, items };
  }

  #next(items: unknown[]): void {
    try {
      const { done, value } = this.#iterator.next();
      if (done === true) this.isDone = true;
      else items.push(value);
    } catch (error) {
      this.isDone = true;
      this.failure = { error, index: this.#taken + items.length };
    }
  }

  async close(): Promise<void> {
    if (this.isDone) return;
    this.isDone = true;
    this.#iterator.return?.();
  }
}

class OneByOneLater implements Source {
  readonly total = undefined;
  readonly inherited = undefined;
  readonly left = undefined;
  failure: Source['failure'];
  onMore: Source['onMore'];
  readonly #iterator: AsyncIterator<unknown>;
  #items: unknown[] = [];
  #taken = 0;
  /** So many are asked for ahead. */
  #wanted = 0;
  #asking = false;
  #ended = false;
  #told = false;

  constructor(iterator: AsyncIterator<unknown>) {
    this.#iterator = iterator;
  }

  get isDone(): boolean {
    return this.#ended && this.#items.length === 0;
  }

  take(most: number): Batch | undefined {
    this.#wanted = most * 2;
    const items = this.#items.splice(0, most);
    if (!this.#asking && !this.#ended) void this.#ask();
    if (items.length === 0) return undefined;
    const from = this.#taken;
    this.#taken += items.length;
    return { from, to: this.#taken, items };
  }

  async close(): Promise<void> {
    if (this.#ended) return;
    this.#ended = true;
    this.#items = [];
    const returned = (async () => this.#iterator.return?.())();
    // A generator returns only when it has something to say; nobody must have to wait for that.
    if (this.#asking) returned.catch(() => {});
    else await returned;
  }

  async #ask(): Promise<void> {
    this.#asking = true;
    try {
      while (!this.#ended && this.#items.length < this.#wanted) {
        const { done, value } = await this.#iterator.next();
        // It was closed meanwhile.
        if (this.#ended) break;
        if (done === true) this.#ended = true;
        else this.#items.push(value);
        this.#tell();
      }
    } catch (error) {
      if (!this.#ended) this.failure = { error, index: this.#taken + this.#items.length };
      this.#ended = true;
      this.#tell();
    } finally {
      this.#asking = false;
    }
  }

  /** Once in a turn: what comes at the same time goes in one batch. */
  #tell(): void {
    if (this.#told) return;
    this.#told = true;
    setImmediate(() => {
      this.#told = false;
      this.onMore?.();
    });
  }
}

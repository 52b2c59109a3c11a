/** First in, first out, at the same price however long it is: shift() of a long array moves all of it. */
export class Fifo<T> {
  #items: (T | undefined)[] = [];
  #first = 0;

  push(item: T): void {
    this.#items.push(item);
  }

  /** The first one, which is none of it any more; undefined: it is empty. */
  shift(): T | undefined {
    if (this.#first === this.#items.length) return undefined;
    const item = this.#items[this.#first];
    this.#items[this.#first++] = undefined;
    if (this.#first * 2 > this.#items.length) {
      this.#items = this.#items.slice(this.#first);
      this.#first = 0;
    }
    return item;
  }

  /** Takes the first one out for which that is true. */
  drop(is: (item: T) => boolean): void {
    const rest = this.#items.slice(this.#first) as T[];
    const at = rest.findIndex(is);
    if (at >= 0) rest.splice(at, 1);
    this.#items = rest;
    this.#first = 0;
  }

  clear(): void {
    this.#items = [];
    this.#first = 0;
  }
}

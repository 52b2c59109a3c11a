/** What waits: the highest priority first, and among equals what came first. */

interface Row<T> {
  readonly priority: number;
  readonly items: T[];
  /** Those before it have been taken: an array that is shifted is copied. */
  head: number;
}

/** When so many places of a row are empty, they are given back. */
const emptied = 1024;

/** What it keeps. One that is over is left out when its turn comes. */
export interface Waiting {
  readonly priority: number;
  readonly isOver: boolean;
}

/** A queue with priorities; each step takes the same time however long it is. */
export class Backlog<T extends Waiting> {
  /** By priority, highest first; there are few of them. */
  readonly #rows: Row<T>[] = [];
  #size = 0;

  /** How many wait. */
  get size(): number {
    return this.#size;
  }

  push(item: T): void {
    this.#row(item.priority).items.push(item);
    this.#size++;
  }

  /** Puts it before all of its priority. */
  unshift(item: T): void {
    const row = this.#row(item.priority);
    if (row.head > 0) row.items[--row.head] = item;
    else row.items.unshift(item);
    this.#size++;
  }

  shift(): T | undefined {
    for (const row of this.#rows) {
      while (row.head < row.items.length) {
        const item = row.items[row.head] as T;
        row.items[row.head++] = undefined as never;
        this.#tidy(row);
        if (item.isOver) continue;
        this.#size--;
        return item;
      }
    }
    return undefined;
  }

  /** One that waits became over: it does not count any more. */
  forget(): void {
    this.#size--;
  }

  /** Takes all out. */
  clear(): T[] {
    const all: T[] = [];
    for (let item = this.shift(); item !== undefined; item = this.shift()) all.push(item);
    return all;
  }

  #row(priority: number): Row<T> {
    const rows = this.#rows;
    let at = 0;
    while (at < rows.length && (rows[at] as Row<T>).priority > priority) at++;
    let row = rows[at];
    if (row?.priority !== priority) {
      row = { priority, items: [], head: 0 };
      rows.splice(at, 0, row);
    }
    return row;
  }

  #tidy(row: Row<T>): void {
    if (row.head === row.items.length) {
      row.items.length = 0;
      row.head = 0;
      // Priorities that are used once only must not pile up.
      if (this.#rows.length > 8) this.#rows.splice(this.#rows.indexOf(row), 1);
    } else if (row.head >= emptied && row.head * 2 > row.items.length) {
      row.items.splice(0, row.head);
      row.head = 0;
    }
  }
}

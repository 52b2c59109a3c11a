/** Promises that are settled together. */

interface Waiter {
  readonly resolve: () => void;
  readonly reject: (error: Error) => void;
}

/** Those who wait for one thing, again and again. */
export class Waiters {
  readonly #all: Waiter[] = [];

  wait(): Promise<void> {
    return new Promise((resolve, reject) => this.#all.push({ resolve, reject }));
  }

  resolve(): void {
    for (const { resolve } of this.#all.splice(0)) resolve();
  }

  reject(error: Error): void {
    for (const { reject } of this.#all.splice(0)) reject(error);
  }
}

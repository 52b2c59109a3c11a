/** Those who wait for one thing to be decided. */

type Waiter = (answer: boolean) => void;

/** Tells them yes or no. */
export class Waiters {
  readonly #waiters = new Set<Waiter>();

  /** Resolves with what tell() says next; with false when `signal` is aborted. */
  wait(signal: AbortSignal): Promise<boolean> {
    return new Promise((resolve) => {
      const waiter: Waiter = (answer) => {
        this.#waiters.delete(waiter);
        signal.removeEventListener('abort', abort);
        resolve(answer);
      };
      const abort = (): void => waiter(false);
      this.#waiters.add(waiter);
      signal.addEventListener('abort', abort, { once: true });
    });
  }

  /** Tells all who wait now. */
  tell(answer: boolean): void {
    for (const waiter of this.#waiters) waiter(answer);
  }
}

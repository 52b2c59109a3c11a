/** Those of this thread that wait for the same thing: one asks, the others stand behind it. */
import { whenOver, type Bound } from '../process/time.ts';

export class Line {
  #busy = false;
  readonly #behind = new Set<() => void>();

  /** Whether nobody waits. */
  get isFree(): boolean {
    return !this.#busy;
  }

  /** Resolves when it is one's turn; whoever's turn it was calls {@link leave}. False: time is over. */
  enter(bound: Bound | undefined): Promise<boolean> {
    if (!this.#busy) {
      this.#busy = true;
      return Promise.resolve(true);
    }
    return new Promise((resolve) => {
      const go = (): void => {
        cancel?.();
        resolve(true);
      };
      const cancel =
        bound &&
        whenOver(bound, () => {
          this.#behind.delete(go);
          resolve(false);
        });
      this.#behind.add(go);
    });
  }

  leave(): void {
    const [next] = this.#behind;
    this.#busy = next !== undefined;
    if (next === undefined) return;
    this.#behind.delete(next);
    next();
  }
}

/** Stops some instances and starts them again, in order. */
import { setTimeout as sleep } from 'node:timers/promises';

import type { Crew } from './crew.ts';
import type { Instance } from './instance.ts';

/** While it is at work on an instance, that is held back from being started by anybody. */
export class Recovery {
  readonly #crew: Crew;
  readonly #over: AbortSignal;
  /** Those that are being stopped here: that one of them ends is no reason for another round. */
  readonly #halting = new Set<Instance>();

  /** `over`: aborted when all is to be stopped. */
  constructor(crew: Crew, over: AbortSignal) {
    this.#crew = crew;
    this.#over = over;
  }

  /** Whether the end of an instance is already being seen to. */
  covers(instance: Instance): boolean {
    return this.#halting.has(instance);
  }

  /** Resolves when they may be started again, after so many milliseconds at rest. */
  async cycle(instances: readonly Instance[], delayMs: number): Promise<void> {
    for (const instance of instances) {
      instance.holds++;
      this.#halting.add(instance);
    }
    try {
      await this.#crew.halt(instances);
      for (const instance of instances) this.#halting.delete(instance);
      if (delayMs > 0) {
        // The end of all cuts it short.
        await sleep(delayMs, undefined, { signal: this.#over }).catch(() => undefined);
      }
    } finally {
      for (const instance of instances) {
        instance.holds--;
        this.#halting.delete(instance);
      }
    }
    this.#crew.reconcile();
  }
}

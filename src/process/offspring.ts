/**
 * The children of this program that we look after: those that live, and those that ended and nobody has
 * asked about. They are for waitAny(), which tells of each child once, in the order in which they ended.
 */
import type { Handle } from './handle.ts';
import { livingChildren, type LivingChild } from './living.ts';
import { noteLifetime } from './orphans.ts';

/**
 * How many ended children are remembered for a waitAny() to come. A program that never asks must not
 * grow; the oldest are forgotten.
 */
const remembered = 4096;

interface Ended<P extends object> {
  readonly handle: Handle;
  /** Weak: a child that the program has let go is not kept with its streams for this. */
  readonly process: WeakRef<P>;
}

/** Who waits for the next one. */
interface Asked<P extends object> {
  readonly give: (process: P) => void;
  /** One ended that is not to be told of. */
  readonly none: () => void;
}

/** The children, as objects of the type `P`. */
export class Offspring<P extends object> {
  readonly #make: (handle: Handle) => P;
  #ended: Ended<P>[] = [];
  #asked: Asked<P>[] = [];

  /** `make` gives a new object for a child whose own one is gone. */
  constructor(make: (handle: Handle) => P) {
    this.#make = make;
  }

  /** Takes a new child under its care. */
  add(process: P, handle: Handle): void {
    const { pid } = handle.ref;
    const entry: LivingChild = { process, handle };
    livingChildren.set(pid, entry);
    const noteEnd = noteLifetime(pid);
    handle.whenEnded(() => {
      // The pid may be that of a newer child already.
      if (livingChildren.get(pid) === entry) livingChildren.delete(pid);
      noteEnd?.();
      this.#tell(process, handle);
    });
  }

  /** The one that ended first of those that nobody has waited for. */
  next(): P | undefined {
    for (;;) {
      const first = this.#ended.shift();
      if (first === undefined) return undefined;
      if (first.handle.collected) continue;
      first.handle.collected = true;
      return first.process.deref() ?? this.#make(first.handle);
    }
  }

  /** Calls `give` with the next one to end, or `none` when one ends whose status somebody has. */
  whenNext(give: (process: P) => void, none: () => void): () => void {
    const asked: Asked<P> = { give, none };
    this.#asked.push(asked);
    return () => {
      this.#asked = this.#asked.filter((other) => other !== asked);
    };
  }

  /** In a forked child all of them are the parent's, and who asked for one asked there. */
  atFork(inChild: boolean): void {
    // Most children find nothing, and every write costs them a page.
    if (!inChild) return;
    if (livingChildren.size > 0) {
      for (const { handle } of livingChildren.values()) handle.disown();
      livingChildren.clear();
    }
    if (this.#ended.length > 0) this.#ended = [];
    if (this.#asked.length > 0) this.#asked = [];
  }

  #tell(process: P, handle: Handle): void {
    if (handle.collected) {
      this.#asked[0]?.none();
      return;
    }
    const asked = this.#asked.shift();
    if (asked !== undefined) {
      handle.collected = true;
      asked.give(process);
    } else if (!handle.awaited) {
      this.#ended.push({ handle, process: new WeakRef(process) });
      if (this.#ended.length > 2 * remembered) this.#forget();
    }
  }

  #forget(): void {
    this.#ended = this.#ended.filter(({ handle }) => !handle.collected).slice(-remembered);
  }
}

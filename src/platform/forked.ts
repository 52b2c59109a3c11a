/**
 * What a forked child has to put right in itself, before anything else runs there: each room says what
 * it keeps that is the parent's.
 */

const menders: (() => void)[] = [];

/** Registers what is done in every forked child, synchronously and first. It must not throw. */
export function inForkedChild(mend: () => void): void {
  menders.push(mend);
}

/** Called once in a forked child, as soon as JavaScript runs there. */
export function mendForkedChild(): void {
  for (const mend of menders) mend();
}

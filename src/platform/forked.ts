/**
 * What a forked child has to put right in itself, before anything else runs there: each room says what
 * it keeps that is the parent's.
 *
 * The same functions are called in the parent, where they do nothing. A function is compiled when it is
 * first called, and forgotten when it is long not called: without this, each child would compile all of
 * them anew, which takes longer than the fork itself.
 */

type AtFork = (inChild: boolean, clean: boolean) => void;

const rooms: AtFork[] = [];

/**
 * Registers what is done at every fork, on both sides, synchronously and first. In the parent it must
 * change nothing; in the child it mends. It must not throw. `clean`: only its entry runs in the child, where
 * handles, timers and listeners of the parent have been seen to.
 */
export function atFork(mend: AtFork): void {
  rooms.push(mend);
}

/** Called once on each side of a fork, as soon as JavaScript runs there. */
export function mendAtFork(inChild: boolean, clean = false): void {
  for (const mend of rooms) mend(inChild, clean);
}

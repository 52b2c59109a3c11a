/**
 * The ends of children that are still on their way. One that is forked meanwhile has them too, and must
 * not keep them: we would not notice the end of their owners.
 */
import { closeSync } from 'node:fs';

const ends = new Set<number>();

/** From now until {@link takeBackEnd} it is open here for a child alone. */
export function lendEnd(fd: number): void {
  ends.add(fd);
}

/** In the child whose end it is. */
export function keepOwnEnd(own: number): void {
  for (const fd of ends) if (fd !== own) closeSync(fd);
  ends.clear();
}

/** Here, once the child has started, or cannot be: it is about to be closed. */
export function takeBackEnd(fd: number): void {
  ends.delete(fd);
}

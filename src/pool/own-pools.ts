/** The pools of this program that are not closed. In a forked child they are the parent's. */
import { atFork } from '../platform/forked.ts';

interface Pooled {
  /** It is another program's from now on. */
  letGo(): void;
}

/** They are told when this is a forked child. */
export const ownPools: Set<Pooled> = new Set();

atFork((inChild) => {
  if (!inChild) return;
  for (const each of ownPools) each.letGo();
  ownPools.clear();
});

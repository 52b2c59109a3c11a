/** The children of this program that we look after and that have not ended, by pid. */
import type { Handle } from './handle.ts';

export interface LivingChild {
  /** Its `Process`; a plain object here, so that this file knows nothing of the class. */
  readonly process: object;
  readonly handle: Handle;
}

export const livingChildren: Map<number, LivingChild> = new Map();

import { runOnce } from '../work/by-brood.mjs';

/** A function in a process of its own, with its result. */
export const runTask = (n) => runOnce('fork', n);

import { askOnce } from '../work/by-child_process.mjs';

/** A function in a process of its own, with its result. */
export const runTask = (n) => askOnce('answer-once.mjs', n);

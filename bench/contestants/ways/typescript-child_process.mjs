import { askOnce } from '../work/by-child_process.mjs';

/** A function that uses the compiler of TypeScript, in a process of its own. */
export const runTask = (n) => askOnce('answer-with-typescript.mjs', n);

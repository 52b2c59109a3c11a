import { task } from 'brood';

import { increment } from './increment.mjs';

const work = new URL('increment.mjs', import.meta.url);

// What is forked has the function in its memory, as that of Python's multiprocessing has: of the program,
// or of a server that has imported it ahead.
const start = {
  fork: (n) => task.with({ method: 'fork' })(increment, n),
  forkserver: (n) =>
    task.with({ method: 'forkserver', preload: [work] }).module(work, 'increment', n),
  spawn: (n) => task.with({ method: 'spawn' }).module(work, 'increment', n),
};

/** By one start method; comes to its end when the process has ended. */
export async function runOnce(method, n) {
  const t = await start[method](n);
  const result = await t.result;
  await t.wait();
  return result;
}

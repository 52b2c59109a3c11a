import { task } from 'brood';

/** By one start method; comes to its end when the process has ended. */
export async function runOnce(method, n) {
  const t = await task
    .with({ method })
    .module(new URL('increment.mjs', import.meta.url), 'increment', n);
  const result = await t.result;
  await t.wait();
  return result;
}

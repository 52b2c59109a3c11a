import { task } from 'brood';

const work = new URL('../work/with-typescript.mjs', import.meta.url);
const start = task.with({ method: 'forkserver', preload: [work] });

/** A function that uses the compiler of TypeScript, in a process of its own. */
export async function runTask(n) {
  const t = await start.module(work, 'incrementByScript', n);
  const result = await t.result;
  await t.wait();
  return result;
}

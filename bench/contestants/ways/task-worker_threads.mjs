import { once } from 'node:events';
import { Worker } from 'node:worker_threads';

const file = new URL('../work/answer-in-thread.mjs', import.meta.url);

/** A function in a thread of its own, with its result: no process, for comparison. */
export async function runTask(n) {
  const worker = new Worker(file, { workerData: n, execArgv: [] });
  const exit = once(worker, 'exit');
  const [result] = await once(worker, 'message');
  await exit;
  return result;
}

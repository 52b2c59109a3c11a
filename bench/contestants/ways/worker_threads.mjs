import { once } from 'node:events';
import { Worker } from 'node:worker_threads';

const empty = new URL('../modules/empty.mjs', import.meta.url);

/** Starts a thread that loads an empty module, and waits for its end. */
export async function forkAndWait() {
  const [code] = await once(new Worker(empty), 'exit');
  if (code !== 0) throw new Error(`exit code ${code}`);
}

import { Tinypool } from 'tinypool';

const pool = new Tinypool({
  filename: new URL('../work/increment.mjs', import.meta.url).href,
  runtime: 'child_process',
  isolateWorkers: true,
  minThreads: 1,
  maxThreads: 1,
});

/** A function in a process that is used once; the next one is started ahead. */
export function runTask(n) {
  return pool.run(n);
}

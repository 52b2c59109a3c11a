import { Piscina } from 'piscina';

const filename = new URL('../work/pool-work.mjs', import.meta.url).href;

export async function open(size) {
  const pool = new Piscina({ filename, minThreads: size, maxThreads: size, maxQueue: Infinity });
  return { run: (name, value) => pool.run(value, { name }), close: () => pool.destroy() };
}

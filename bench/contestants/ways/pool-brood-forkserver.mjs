import { Pool } from 'brood/pool';

const work = new URL('../work/pool-work.mjs', import.meta.url);

export async function open(size) {
  const pool = new Pool(work, { size, method: 'forkserver' });
  return { run: (name, value) => pool.run(name, value), close: () => pool.close() };
}

import { Pool } from 'brood/pool';

import { handlers } from '../work/pool-work.mjs';

export async function open(size) {
  const pool = new Pool(handlers, { size });
  return { run: (name, value) => pool.run(name, value), close: () => pool.close() };
}

import { fileURLToPath } from 'node:url';

import { FixedThreadPool } from 'poolifier';

const script = fileURLToPath(new URL('poolifier-thread.mjs', import.meta.url));

export async function openThreadPool(size) {
  const pool = new FixedThreadPool(size, script);
  return {
    run: (name, value) => pool.execute({ name, value }),
    close: () => pool.destroy(),
  };
}

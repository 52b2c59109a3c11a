import { fileURLToPath } from 'node:url';

import workerpool from 'workerpool';

const script = fileURLToPath(new URL('workerpool-worker.mjs', import.meta.url));

/** `workerType`: 'process' or 'thread'. */
export function openWorkerpool(workerType) {
  return async (size) => {
    const pool = workerpool.pool(script, { workerType, minWorkers: size, maxWorkers: size });
    return {
      run: (name, value) => pool.exec(name, [value]),
      close: () => pool.terminate(),
    };
  };
}

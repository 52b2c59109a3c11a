import { fileURLToPath } from 'node:url';

import { Worker } from 'jest-worker';

const script = fileURLToPath(new URL('pool-work.mjs', import.meta.url));

export function openJest(enableWorkerThreads) {
  return async (size) => {
    const pool = new Worker(script, {
      numWorkers: size,
      enableWorkerThreads,
      exposedMethods: ['same', 'factorial', 'echo'],
      forkOptions: { serialization: 'advanced' },
    });
    return { run: (name, value) => pool[name](value), close: () => pool.end() };
  };
}

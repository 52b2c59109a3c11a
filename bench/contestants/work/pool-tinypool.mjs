import { Tinypool } from 'tinypool';

const filename = new URL('pool-work.mjs', import.meta.url).href;

/** `runtime`: 'child_process' or 'worker_threads'. */
export function openTinypool(runtime) {
  return async (size) => {
    const pool = new Tinypool({ filename, runtime, minThreads: size, maxThreads: size });
    return {
      run: (name, value) => pool.run(value, { name }),
      close: () => pool.destroy(),
    };
  };
}

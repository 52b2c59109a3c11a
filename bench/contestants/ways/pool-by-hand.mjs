import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

const file = fileURLToPath(new URL('../work/answer-many.mjs', import.meta.url));

/** child_process.fork, round and round, as many a program has it. */
export async function open(size) {
  const children = Array.from({ length: size }, () =>
    fork(file, { serialization: 'advanced', execArgv: [] }),
  );
  const waiting = new Map();
  for (const child of children) {
    child.on('message', ({ id, result }) => {
      waiting.get(id)(result);
      waiting.delete(id);
    });
  }
  let next = 0;
  return {
    run: (name, value) =>
      new Promise((resolve) => {
        const id = next++;
        waiting.set(id, resolve);
        children[id % size].send({ id, name, value });
      }),
    close: async () => {
      const ends = children.map((child) => once(child, 'exit'));
      for (const child of children) child.disconnect();
      await Promise.all(ends);
    },
  };
}

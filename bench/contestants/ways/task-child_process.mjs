import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

const file = fileURLToPath(new URL('../work/answer-once.mjs', import.meta.url));

/** A function in a process of its own, with its result. */
export async function runTask(n) {
  const child = fork(file, { serialization: 'advanced', execArgv: [] });
  const exit = once(child, 'exit');
  child.send(n);
  const [result] = await once(child, 'message');
  const [code] = await exit;
  if (code !== 0) throw new Error(`exit code ${code}`);
  return result;
}

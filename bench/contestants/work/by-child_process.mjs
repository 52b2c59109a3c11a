import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

/** A module in a process of its own, which answers one message; comes to its end when it has ended. */
export async function askOnce(module, n) {
  const file = fileURLToPath(new URL(module, import.meta.url));
  const child = fork(file, { serialization: 'advanced', execArgv: [] });
  const exit = once(child, 'exit');
  child.send(n);
  const [result] = await once(child, 'message');
  const [code] = await exit;
  if (code !== 0) throw new Error(`exit code ${code}`);
  return result;
}

/** Runs many commands, at most two at a time, and tells of each as it ends. */
import { current, spawn } from 'brood';

const commands = ['sleep 0.2', 'exit 3', 'sleep 0.1', 'kill -TERM $$', 'true'];
const names = new Map<number, string>();

async function tellNext(): Promise<void> {
  const child = await current.waitAny();
  console.log(`${names.get(child.pid)}: ${String(child.exitStatus)}`);
}

let running = 0;
for (const command of commands) {
  if (running === 2) {
    await tellNext();
    running -= 1;
  }
  const child = await spawn('sh', ['-c', command], { stdin: 'ignore' });
  names.set(child.pid, command);
  running += 1;
}
for (; running > 0; running -= 1) await tellNext();

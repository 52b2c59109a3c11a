/** Signals from the screen: to exactly the processes that were seen there, and to no later ones. */
import { attach, NoSuchProcessError, ProcessError, type SignalName } from '../../index.ts';
import { inspect } from '../../inspect/index.ts';
import type { Item } from './items.ts';

async function sendTo({ row }: Item, signal: SignalName): Promise<boolean> {
  const pid = Number(row['pid']);
  const handle = attach(pid);
  // The handle is of whoever has the pid now; from here on it stays that one.
  const { startTicks } = await inspect(pid, ['startTicks']);
  if (startTicks !== row['startTicks']) throw new NoSuchProcessError(pid);
  return handle.signal(signal);
}

/** Sends a signal to each; resolves with what there is to say of it. */
export async function sendToAll(targets: readonly Item[], signal: SignalName): Promise<string> {
  const failures: string[] = [];
  let sent = 0;
  for (const target of targets) {
    try {
      if (await sendTo(target, signal)) sent += 1;
      else failures.push(`${String(target.row['pid'])} has already ended`);
    } catch (error) {
      if (!(error instanceof ProcessError)) throw error;
      failures.push(error.message);
    }
  }
  const done = `sent ${signal} to ${sent} ${sent === 1 ? 'process' : 'processes'}`;
  return failures.length === 0 ? done : `${done}; ${failures.join('; ')}`;
}

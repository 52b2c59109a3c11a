/** Small trees of processes that tell their pids, for tests that stop or look at them. */
import { hasEnded } from './proc.ts';

/** Reads lines `name pid` until there are `count` of them. */
export async function namedPids(
  lines: AsyncIterable<string>,
  count: number,
): Promise<Map<string, number>> {
  const pids = new Map<string, number>();
  for await (const line of lines) {
    const [name = '', pid] = line.split(' ');
    pids.set(name, Number(pid));
    if (pids.size === count) return pids;
  }
  throw new Error(`only ${pids.size} of ${count} processes told their pids`);
}

/** SIGKILL to whatever of these is still there. */
export function killAll(pids: Iterable<number>): void {
  for (const pid of pids) {
    if (hasEnded(pid)) continue;
    try {
      process.kill(pid, 'SIGKILL');
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
    }
  }
}

/** Small trees of processes that tell their pids, for tests that stop or look at them. */
import { hasEnded } from './proc.ts';

/** Reads lines `name pid` until there are `count` of them; the lines can be read on. */
export async function namedPids(
  lines: AsyncGenerator<string>,
  count: number,
): Promise<Map<string, number>> {
  const pids = new Map<string, number>();
  while (pids.size < count) {
    const { done, value } = await lines.next();
    if (done === true) throw new Error(`only ${pids.size} of ${count} told their pids`);
    const [name = '', pid] = value.split(' ');
    pids.set(name, Number(pid));
  }
  return pids;
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

/** Small trees of processes that tell their pids, for tests that stop or look at them. */
import { readdirSync, readFileSync } from 'node:fs';

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

/** The processes that have not ended and whose environment has the entry `mark` ('NAME=value'). */
export function markedPids(mark: string): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => {
      try {
        const entries = readFileSync(`/proc/${pid}/environ`, 'latin1').split('\0');
        return entries.includes(mark) && !hasEnded(pid);
      } catch {
        // It ended, or belongs to another user.
        return false;
      }
    });
}

/** What /proc tells of a process: the witness of the tests, independent of brood. */
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

/** Some fields of /proc/PID/stat, see proc_pid_stat(5). */
export interface Stat {
  readonly comm: string;
  /** R, S, D, T, Z, … */
  readonly state: string;
  readonly ppid: number;
  readonly pgid: number;
  readonly sid: number;
  /** Device number of the controlling terminal; 0 for none. */
  readonly tty: number;
  readonly nice: number;
  readonly threads: number;
  /** Clock ticks since boot. */
  readonly startTime: number;
}

/** The text of a file, or undefined where the process has gone: ENOENT before, ESRCH after the open. */
function readOf(pid: number | 'self', name: string): string | undefined {
  try {
    return readFileSync(`/proc/${pid}/${name}`, 'latin1');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ESRCH') return undefined;
    throw error;
  }
}

/** Undefined: no such process (any more). A zombie still has one. */
export function stat(pid: number): Stat | undefined {
  const text = readOf(pid, 'stat');
  if (text === undefined) return undefined;
  // comm may hold spaces and parentheses.
  const end = text.lastIndexOf(')');
  const fields = text.slice(end + 2).split(' ');
  // proc_pid_stat(5) counts from 1, and the state is number 3.
  const field = (number: number): number => Number(fields[number - 3]);
  return {
    comm: text.slice(text.indexOf('(') + 1, end),
    state: fields[0] ?? '',
    ppid: field(4),
    pgid: field(5),
    sid: field(6),
    tty: field(7),
    nice: field(19),
    threads: field(20),
    startTime: field(22),
  };
}

/** /proc/PID/status by name (`Uid`, `SigBlk`, `Umask`, …), values as they stand there; empty: gone. */
export function status(pid: number): Record<string, string> {
  const lines = (readOf(pid, 'status') ?? '').split('\n').filter((line) => line.includes(':'));
  return Object.fromEntries(
    lines.map((line) => {
      const colon = line.indexOf(':');
      return [line.slice(0, colon), line.slice(colon + 1).trim()];
    }),
  );
}

/** The open descriptors and what they are (`pipe:[123]`, `/dev/null`, …); empty: gone. */
export function descriptorsOf(pid: number): Map<number, string> {
  const found = new Map<number, string>();
  for (const name of namesIn(`/proc/${pid}/fd`)) {
    try {
      found.set(Number(name), readlinkSync(`/proc/${pid}/fd/${name}`));
    } catch {
      // Closed since the folder was read, as the one that read it was.
    }
  }
  return found;
}

/** The pids of all children, zombies too. */
export function childrenOf(pid: number): number[] {
  return namesIn(`/proc/${pid}/task`).flatMap((thread) =>
    (readOf(pid, `task/${thread}/children`) ?? '').split(' ').filter(Boolean).map(Number),
  );
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

/** Whether the process has ended and was reaped; a zombie is not gone. */
export function isGone(pid: number): boolean {
  return stat(pid) === undefined;
}

/** Whether the process runs no more: gone, or a zombie. */
export function hasEnded(pid: number): boolean {
  return ['Z', 'X', undefined].includes(stat(pid)?.state);
}

const patienceMs = 20_000;
const intervalMs = 10;

/**
 * Resolves with what `condition` returns once that is neither false nor undefined; rejects after 20 s,
 * saying that it waited for `what`.
 */
export async function until<T>(
  condition: () => T | undefined | false | Promise<T | undefined | false>,
  what = 'a condition',
): Promise<T> {
  const deadline = performance.now() + patienceMs;
  while (true) {
    const value = await condition();
    if (value !== undefined && value !== false) return value;
    if (performance.now() > deadline) throw new Error(`waited 20 s in vain for ${what}`);
    await sleep(intervalMs);
  }
}

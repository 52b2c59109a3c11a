/** The process table: from /proc where there is one, otherwise from ps(1). */
import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';

import type { ProcessRow } from '../platform.ts';
import type { Refuse } from './refusal.ts';

let proc: boolean | undefined;

/** Whether /proc tells of processes here. */
export function hasProc(): boolean {
  proc ??= existsSync('/proc/self/stat');
  return proc;
}

/** Every process there is. Throws UnsupportedError where there is neither /proc nor ps. */
export function readTable(refuse: Refuse): ProcessRow[] {
  if (!hasProc()) return parsePs(ps(['-A'], refuse));
  const rows: ProcessRow[] = [];
  for (const name of readdirSync('/proc')) {
    const first = name.charCodeAt(0);
    if (first < 48 || first > 57) continue;
    const row = readProc(Number(name));
    if (row !== undefined) rows.push(row);
  }
  return rows;
}

/** One row; undefined if there is no such process. */
export function readRow(pid: number, refuse: Refuse): ProcessRow | undefined {
  return hasProc() ? readProc(pid) : parsePs(ps(['-p', String(pid)], refuse))[0];
}

/** The row of /proc; undefined if there is none, or it is hidden (hidepid). */
export function readProc(pid: number): ProcessRow | undefined {
  return readStat(pid)?.row;
}

/** A line of /proc/PID/stat. */
export interface Stat {
  readonly row: ProcessRow;
  /** Whether it has ended and waits to be reaped. */
  readonly ended: boolean;
  /** The raw wait status once it has ended; 0 too for whoever may not trace it. Linux 3.5. */
  readonly waitStatus: number;
}

/** What /proc has of a process; undefined if there is none. */
export function readStat(pid: number): Stat | undefined {
  try {
    return parseStat(readFileSync(`/proc/${pid}/stat`, 'latin1'));
  } catch {
    return undefined;
  }
}

/**
 * Reads a line of /proc/PID/stat; undefined if it is none. The name of the program may hold spaces,
 * brackets and newlines, so what follows counts from the last bracket. Source: proc_pid_stat(5).
 */
export function parseStat(text: string): Stat | undefined {
  const close = text.lastIndexOf(')');
  const fields = text.slice(close + 2).split(' ');
  // The manual counts from 1, and the state is number 3.
  const field = (number: number): number => Number(fields[number - 3]);
  const [state] = fields;
  if (close < 0 || state === undefined || fields.length < 50) return undefined;
  const row = {
    pid: Number.parseInt(text, 10),
    ppid: field(4),
    pgid: field(5),
    sid: field(6),
    state,
    startTime: field(22),
  };
  // A first thread that ended before the others looks like a zombie, but the process runs.
  const ended = state === 'X' || (state === 'Z' && field(20) <= 1);
  return { row, ended, waitStatus: field(52) };
}

// One -o for each column: POSIX takes everything after the first '=' for its heading.
const columns = ['pid', 'ppid', 'pgid', 'sess', 'stat', 'lstart'].flatMap((each) => [
  '-o',
  `${each}=`,
]);

function ps(which: readonly string[], refuse: Refuse): string {
  try {
    return execFileSync('ps', [...which, ...columns], {
      encoding: 'latin1',
      env: { ...process.env, LC_ALL: 'C' },
      stdio: ['ignore', 'pipe', 'ignore'],
      maxBuffer: Infinity,
    });
  } catch (error) {
    const { code, stdout } = error as NodeJS.ErrnoException & { stdout?: string };
    if (code === 'ENOENT') throw refuse('the process table, where neither /proc nor ps is,');
    // ps exits with 1 when no process has the pid.
    return stdout ?? '';
  }
}

/**
 * Reads what ps(1) printed. It tells the start to the second only; here it is in hundredths of a
 * second since 1970: good to tell two processes apart, not to be compared with those of /proc.
 */
export function parsePs(text: string): ProcessRow[] {
  const rows: ProcessRow[] = [];
  for (const line of text.split('\n')) {
    const match = /^\s*(\d+)\s+(\d+)\s+(\d+)\s+(\S+)\s+(\S)\S*\s*(.*?)\s*$/.exec(line);
    if (match === null) continue;
    const [, pid, ppid, pgid, session, state, start] = match;
    rows.push({
      pid: Number(pid),
      ppid: Number(ppid),
      pgid: Number(pgid),
      // macOS prints an address here; 0 is no session's id.
      sid: /^\d+$/.test(session ?? '') ? Number(session) : 0,
      state: state ?? '?',
      startTime: (Date.parse(start ?? '') || 0) / 10,
    });
  }
  return rows;
}

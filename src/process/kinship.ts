/** Who came from whom, as the process table tells it now. */
import { NoSuchProcessError } from '../errors.ts';
import type { ProcessRef, ProcessRow } from '../platform/platform.ts';
import { platform } from '../platform/select.ts';
import type { Handle } from './handle.ts';
import { bind, isOver } from './members.ts';

/** A process that was found, bound to what was found. */
export interface Relative {
  readonly pid: number;
  /** undefined: it is this program. */
  readonly ref: ProcessRef | undefined;
}

/** The parent; undefined if it is none of ours to see (0: outside of this pid namespace). */
export function parentOf(handle: Handle): Relative | undefined {
  const { pid } = handle.ref;
  for (;;) {
    const row = platform().row(pid);
    if (row === undefined || row.ppid <= 0 || handle.status() !== undefined) return undefined;
    if (row.ppid === process.pid) return { pid: row.ppid, ref: undefined };
    let ref: ProcessRef | undefined;
    try {
      ref = platform().attach(row.ppid);
    } catch (error) {
      if (!(error instanceof NoSuchProcessError)) throw error;
    }
    // Still the parent now that it is bound: so it is the process that was meant. If not, the parent
    // ended in between and there is another one.
    const now = platform().row(pid);
    if (ref !== undefined && now?.ppid === row.ppid) return { pid: row.ppid, ref };
    ref?.release?.();
  }
}

/** The children that have not ended. */
export function childrenOf(handle: Handle): Relative[] {
  const table = platform().table();
  if (handle.status() !== undefined) return [];
  return bound(table.filter((row) => row.ppid === handle.pid));
}

/** All that came from it and have not ended, generation by generation. */
export function descendantsOf(handle: Handle): Relative[] {
  const table = platform().table();
  if (handle.status() !== undefined) return [];
  const byParent = new Map<number, ProcessRow[]>();
  for (const row of table) {
    const siblings = byParent.get(row.ppid);
    if (siblings === undefined) byParent.set(row.ppid, [row]);
    else siblings.push(row);
  }
  const found: ProcessRow[] = [];
  for (let generation = [handle.pid]; generation.length > 0;) {
    const rows = generation.flatMap((pid) => byParent.get(pid) ?? []);
    found.push(...rows);
    // Rows are of several moments: taken out, nobody is found twice.
    for (const pid of generation) byParent.delete(pid);
    generation = rows.map((row) => row.pid);
  }
  return bound(found);
}

function bound(rows: readonly ProcessRow[]): Relative[] {
  const relatives: Relative[] = [];
  for (const row of rows) {
    if (isOver(row)) continue;
    if (row.pid === process.pid) {
      relatives.push({ pid: row.pid, ref: undefined });
      continue;
    }
    const ref = bind(row);
    if (ref !== undefined) relatives.push({ pid: row.pid, ref });
  }
  return relatives;
}

/** The process table, from the flat rows of the addon. */
import type { NativeAddon } from '../binding.ts';
import type { ProcessRow } from '../platform.ts';
import { translated } from '../translate.ts';

/** How many numbers the addon gives for each process. */
const columns = 6;

/** Every process that /proc shows. One that ends meanwhile may be missing or there. */
export function readTable(addon: NativeAddon): ProcessRow[] {
  return rowsOf(translated(() => addon.table()));
}

/** The row of one process; undefined if there is none, also for a pid that is a thread's. */
export function readRow(addon: NativeAddon, pid: number): ProcessRow | undefined {
  return rowsOf(translated(() => addon.table(pid), pid))[0];
}

function rowsOf(flat: readonly number[]): ProcessRow[] {
  const rows: ProcessRow[] = [];
  for (let at = 0; at < flat.length; at += columns) {
    const [pid, ppid, pgid, sid, state, startTime] = flat.slice(at, at + columns) as Columns;
    rows.push({ pid, ppid, pgid, sid, state: String.fromCharCode(state), startTime });
  }
  return rows;
}

type Columns = [number, number, number, number, number, number];

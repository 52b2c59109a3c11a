/**
 * Orphans that came to us. A subreaper becomes the parent of every process below it whose own parent
 * ended, and the kernel does not tell where it came from. So an orphan counts as part of a child's tree
 * only if no other child of ours can have started it: it is better to miss one than to hit one.
 */
import type { ChildProcess } from 'node:child_process';
import { subscribe } from 'node:diagnostics_channel';
import { uptime } from 'node:os';

import { atFork } from '../platform/forked.ts';
import type { ProcessRef, ProcessRow } from '../platform/platform.ts';
import { platform } from '../platform/select.ts';
import { livingChildren } from './living.ts';

/** USER_HZ: start times of /proc count in hundredths of a second on every Linux. */
const ticksPerSecond = 100;
const remembered = 1000;

/** When a child that ended was alive, in clock ticks since boot. */
interface Lifetime {
  readonly start: number;
  readonly end: number;
}

/** The children that were there when we became a subreaper, with their start times: no orphans. */
const earlier = new Map<number, number>();
const ofNode = new Set<ChildProcess>();
const lifetimes: Lifetime[] = [];
/** What started up to here is of unknown origin: the lifetimes are forgotten. */
let horizon = 0;
let adopting = false;
let listening = false;

// The kernel does not hand the duty of a subreaper on.
atFork((inChild) => {
  if (!inChild || !listening) return;
  adopting = false;
  earlier.clear();
  ofNode.clear();
  lifetimes.length = 0;
  horizon = 0;
});

/** From now on orphans come to us; who our children are so far is noted. */
export function startAdopting(): void {
  if (adopting) return;
  adopting = true;
  for (const row of platform().table()) {
    if (row.ppid === process.pid) earlier.set(row.pid, row.startTime);
  }
  if (listening) return;
  listening = true;
  subscribe('child_process', (message) => {
    const child = (message as { process: ChildProcess }).process;
    ofNode.add(child);
    child.once('exit', () => ofNode.delete(child));
    child.once('error', () => child.pid === undefined && ofNode.delete(child));
  });
}

/** Notes a new child; gives what is to be called when it ended. */
export function noteLifetime(pid: number): (() => void) | undefined {
  if (!adopting) return undefined;
  const start = platform().row(pid)?.startTime ?? 0;
  return () => {
    lifetimes.push({ start, end: Math.ceil(uptime() * ticksPerSecond) + 1 });
    if (lifetimes.length > remembered) horizon = Math.max(horizon, lifetimes.shift()?.end ?? 0);
  };
}

/** Children of ours in the table that we did not start: adopted, all of them. */
export function adopted(table: readonly ProcessRow[]): ProcessRow[] {
  if (!adopting) return [];
  const nodes = new Set(Array.from(ofNode, (child) => child.pid));
  return table.filter(
    ({ pid, ppid, startTime }) =>
      ppid === process.pid &&
      !livingChildren.has(pid) &&
      !nodes.has(pid) &&
      earlier.get(pid) !== startTime,
  );
}

/** The pids of those orphans that can only have come from one of the roots. */
export function orphansOf(
  roots: readonly ProcessRef[],
  table: readonly ProcessRow[],
): ReadonlySet<number> {
  const found = new Set<number>();
  const orphans = adopted(table);
  if (orphans.length === 0) return found;
  const orphanPids = new Set(orphans.map((orphan) => orphan.pid));
  const rootPids = new Set(roots.map((root) => root.pid));
  const starts: number[] = [];
  const others: Lifetime[] = [...lifetimes];
  for (const { pid, ppid, startTime } of table) {
    if (ppid !== process.pid) continue;
    if (rootPids.has(pid)) starts.push(startTime);
    else if (!orphanPids.has(pid)) others.push({ start: startTime, end: Infinity });
  }
  for (const { pid, startTime } of orphans) {
    const possible = starts.some((start) => start <= startTime);
    const elsewhere = others.some(({ start, end }) => start <= startTime && startTime <= end);
    if (possible && !elsewhere && startTime > horizon) found.add(pid);
  }
  return found;
}

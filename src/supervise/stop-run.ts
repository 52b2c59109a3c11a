/**
 * Ends a child and all that came from it. It asks first, and it is over when nothing is left: looked
 * up again in the table of processes, not concluded from the end of one pid.
 */
import { setTimeout as sleep } from 'node:timers/promises';

import { ProcessError } from '../errors.ts';
import { signalMember, type Member } from '../process/members.ts';
import type { Process } from '../process/process.ts';
import { whenOver } from '../process/time.ts';
import type { Cgroup } from './cgroup.ts';
import type { CheckedStop } from './checked-child.ts';
import type { Remains } from './remains.ts';

/** How long what was sent SIGKILL may take to be gone: a process in the hands of a driver may stay. */
const killedMs = 10_000;
const againMs = 10;

/** What is to be ended. */
export interface Target {
  readonly remains: Remains;
  readonly cgroup: Cgroup | undefined;
  /** The process of the child itself, while it lives. */
  readonly main: Process;
}

/**
 * Asks, waits for the grace or until `force` is aborted, and kills. Resolves when nothing is left.
 *
 * @throws ProcessError `ERR_STILL_RUNNING`, as a rejection, when SIGKILL did not help.
 */
export async function stopRun(
  target: Target,
  stop: CheckedStop,
  force: AbortSignal,
): Promise<void> {
  const grace = performance.now() + stop.graceMs;
  const isOver = (): boolean => force.aborted || performance.now() >= grace;
  const told = new Set<number>();
  if (!force.aborted) ask(target, stop, told);
  while (!isOver()) {
    const found = target.remains.tree();
    if (found === undefined && isEmpty(target)) return finish(target);
    try {
      if (found === undefined) await sleep(againMs);
      else
        await someEnded(found.tree.look().living, grace, force, (living) => {
          // What was started on the way out is asked as well.
          if (stop.scope === 'tree') tellNew(living, stop.signalNumber, told);
        });
    } finally {
      found?.release();
    }
  }
  await killAll(target);
  finish(target);
}

function isEmpty({ cgroup }: Target): boolean {
  return cgroup === undefined || cgroup.isEmpty;
}

function finish({ cgroup }: Target): void {
  cgroup?.remove();
}

function ask({ remains, main }: Target, stop: CheckedStop, told: Set<number>): void {
  if (stop.scope === 'process') {
    // A stopped process acts on nothing but SIGKILL until it goes on.
    if (main.signal(stop.signalNumber)) main.resume();
    return;
  }
  const found = remains.tree();
  if (found === undefined) return;
  try {
    found.tree.signal(stop.signalNumber, true);
    for (const { row } of found.tree.look().living) told.add(row.pid);
  } finally {
    found.release();
  }
}

function tellNew(living: readonly Member[], number: number, told: Set<number>): void {
  for (const member of living) {
    if (told.has(member.row.pid)) continue;
    told.add(member.row.pid);
    signalMember(member, number);
  }
}

/** Resolves when all of them have ended, or the time is over. */
function someEnded(
  living: readonly Member[],
  grace: number,
  force: AbortSignal,
  first: (living: readonly Member[]) => void,
): Promise<void> {
  first(living);
  if (living.length === 0) return sleep(againMs, undefined);
  return new Promise((resolve) => {
    const bound = { signal: force, remaining: () => Math.max(0, grace - performance.now()) };
    const cancel = whenOver(bound, resolve);
    let left = living.length;
    for (const { ref } of living) {
      ref?.onEnd(() => {
        left--;
        if (left > 0) return;
        cancel();
        resolve();
      });
    }
  });
}

async function killAll({ remains, cgroup }: Target): Promise<void> {
  const end = performance.now() + killedMs;
  for (;;) {
    if (cgroup !== undefined) {
      cgroup.kill();
      await cgroup.empty(Math.max(0, end - performance.now()));
    }
    const found = remains.tree();
    if (found === undefined && (cgroup === undefined || cgroup.isEmpty)) return;
    try {
      found?.tree.kill();
    } finally {
      found?.release();
    }
    if (performance.now() > end) throw stillRunning(remains, cgroup);
    await sleep(againMs);
  }
}

function stillRunning(remains: Remains, cgroup: Cgroup | undefined): ProcessError {
  const pids = [
    ...new Set([...remains.rows().map(({ pid }) => pid), ...(cgroup?.members() ?? [])]),
  ];
  return new ProcessError(`SIGKILL did not end ${pids.join(', ')}`, {
    code: 'ERR_STILL_RUNNING',
    pid: pids[0],
  });
}

/**
 * While children are looked after, this program is the parent of what they leave behind (a subreaper):
 * a process that daemonises comes to us and not to PID 1, where it could not be found again. And it
 * sees that such orphans are reaped. Source: PR_SET_CHILD_SUBREAPER of prctl(2).
 */
import { setTimeout as sleep } from 'node:timers/promises';

import { atFork } from '../platform/forked.ts';
import { platform } from '../platform/select.ts';
import { current } from '../process/current.ts';
import { isOver } from '../process/members.ts';
import { adopted } from '../process/orphans.ts';

/** SIGCHLD tells of orphans; signals of one kind melt into one, so it is looked now and then as well. */
const lookMs = 5000;
/** One is known to be nobody's a moment after it died only. */
const ripeMs = 150;
/** How long what is dead may take to be reaped at the end. */
const lastMs = 1000;

let users = 0;
let timer: NodeJS.Timeout | undefined;
let soon: NodeJS.Timeout | undefined;
let before = false;

atFork((inChild) => {
  if (!inChild || users === 0) return;
  users = 0;
  stopLooking();
});

/** From now on orphans come to us. Returns what ends it. */
export function adoptOrphans(): () => void {
  if (platform().name !== 'linux') return () => {};
  users++;
  if (users === 1) begin();
  let held = true;
  return () => {
    if (!held) return;
    held = false;
    users--;
    if (users === 0) finish();
  };
}

function begin(): void {
  before = current.subreaper;
  current.subreaper = true;
  timer = setInterval(reap, lookMs).unref();
  process.on('SIGCHLD', reapSoon);
}

function finish(): void {
  stopLooking();
  reap();
  current.subreaper = before;
}

function isAnyDead(): boolean {
  return adopted(platform().table()).some(isOver);
}

function stopLooking(): void {
  clearInterval(timer);
  clearTimeout(soon);
  soon = undefined;
  process.off('SIGCHLD', reapSoon);
}

function reapSoon(): void {
  soon ??= setTimeout(() => {
    soon = undefined;
    reap();
  }, ripeMs).unref();
}

/** Resolves when no dead orphan is left, or nobody can say whose it is. */
export async function reapOrphans(): Promise<void> {
  if (platform().name !== 'linux') return;
  const deadline = performance.now() + lastMs;
  while (isAnyDead() && performance.now() < deadline) {
    reap();
    await sleep(10);
  }
}

function reap(): void {
  for (let reaped = true; reaped;) reaped = platform().own.reapAdopted() !== undefined;
}

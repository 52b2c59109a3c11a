/** Looks whether a child that is ready still is: by asking it, and by waiting for what it says. */
import { setTimeout as sleep } from 'node:timers/promises';

import type { CheckedAlive, CheckedChild } from './checked-child.ts';
import type { NotifySocket } from './readiness/notify-socket.ts';
import { ask } from './readiness/probe.ts';

/** Who looks, and until when. */
export interface Watcher {
  /** Aborted when the process has ended. */
  readonly over: AbortSignal;
  readonly socket: NotifySocket | undefined;
  /** Called once, with what is wrong. */
  readonly fail: (reason: string) => void;
}

/** Begins to look. */
export function watchHealth(child: CheckedChild, watcher: Watcher): void {
  if (child.alive !== undefined) void askAgainAndAgain(child, child.alive, watcher);
  if (child.watchdogMs !== undefined) awaitWords(child.watchdogMs, watcher);
}

async function askAgainAndAgain(
  child: CheckedChild,
  alive: CheckedAlive,
  { over, fail }: Watcher,
): Promise<void> {
  let failures = 0;
  while (!over.aborted) {
    await sleep(alive.intervalMs, undefined, { signal: over }).catch(() => undefined);
    if (over.aborted) return;
    try {
      await ask(alive.probe, child, AbortSignal.any([over, AbortSignal.timeout(alive.timeoutMs)]));
      failures = 0;
    } catch (error) {
      failures++;
      if (over.aborted || failures < alive.failures) continue;
      fail(`it is not alive: ${error instanceof Error ? error.message : String(error)}`);
      return;
    }
  }
}

/** WATCHDOG=1 within that time, each time anew; WATCHDOG=trigger is a call for help. */
function awaitWords(ms: number, { over, socket, fail }: Watcher): void {
  const late = (): void => fail(`it did not say WATCHDOG=1 within ${ms} ms`);
  const timer = setTimeout(late, ms);
  const end = socket?.on((word, value) => {
    if (word !== 'WATCHDOG') return;
    if (value === '1') timer.refresh();
    else if (value === 'trigger') fail('it said WATCHDOG=trigger');
  });
  over.addEventListener(
    'abort',
    () => {
      clearTimeout(timer);
      end?.();
    },
    { once: true },
  );
}

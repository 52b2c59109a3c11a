/** Waits until a child is ready, by the means that it was described with. */
import { setTimeout as sleep } from 'node:timers/promises';

import type { ExitStatus } from '../../status/exit-status.ts';
import type { CheckedChild, CheckedReady } from '../checked-child.ts';
import type { Pump } from '../log/pump.ts';
import { waitForLine } from './log-line.ts';
import type { NotifySocket } from './notify-socket.ts';
import { ask } from './probe.ts';

/** How long one attempt may take. */
const attemptMs = 5000;

/** What there is to look at. */
export interface Signs {
  /** Aborted when the process has ended. */
  readonly over: AbortSignal;
  readonly pump: Pump;
  readonly socket: NotifySocket | undefined;
  readonly ended: () => Promise<ExitStatus>;
}

type Bounded = Exclude<CheckedReady, { kind: 'started' | 'finished' }>;

/**
 * Resolves with undefined when it is ready, or has ended; with the reason when it is not ready in time.
 */
export async function waitUntilReady(
  child: CheckedChild,
  signs: Signs,
): Promise<string | undefined> {
  const { ready } = child;
  if (ready.kind === 'started') return undefined;
  if (ready.kind === 'finished') {
    await signs.ended();
    return undefined;
  }
  const late = new AbortController();
  const timer = setTimeout(() => late.abort(), ready.timeoutMs);
  const either = AbortSignal.any([late.signal, signs.over]);
  try {
    const why = await Promise.race([
      come(ready, child, { ...signs, over: either }),
      aborted(either),
    ]);
    if (signs.over.aborted || !late.signal.aborted) return undefined;
    return `it was not ready within ${ready.timeoutMs} ms${why === undefined ? '' : `: ${why}`}`;
  } finally {
    clearTimeout(timer);
    // What still listens or asks ends with this.
    late.abort();
  }
}

/** Resolves when it is ready; with the last reason why not when it is too late. */
function come(ready: Bounded, child: CheckedChild, signs: Signs): Promise<string | undefined> {
  switch (ready.kind) {
    case 'notify':
      return notified(signs).then(() => undefined);
    case 'log':
      return waitForLine(signs.pump, ready.pattern, signs.over).then(() => undefined);
    case 'probe':
      return asked(ready, child, signs.over);
  }
}

function notified({ socket, over }: Signs): Promise<void> {
  return new Promise((resolve) => {
    const end = socket?.on((word, value) => {
      if (word === 'READY' && value === '1') resolve();
    });
    over.addEventListener('abort', () => end?.(), { once: true });
  });
}

async function asked(
  ready: Extract<Bounded, { kind: 'probe' }>,
  child: CheckedChild,
  over: AbortSignal,
): Promise<string | undefined> {
  let why = '';
  while (!over.aborted) {
    try {
      await ask(ready.probe, child, AbortSignal.any([over, AbortSignal.timeout(attemptMs)]));
      return undefined;
    } catch (error) {
      why = error instanceof Error ? error.message : String(error);
    }
    // Cut short by the end: what comes then is looked at by the loop.
    await sleep(ready.intervalMs, undefined, { signal: over }).catch(() => undefined);
  }
  return why;
}

/** Resolves a moment after, so that the reason of an attempt that is cut short can be told. */
function aborted(signal: AbortSignal): Promise<undefined> {
  return new Promise((resolve) => {
    const soon = (): void => void setImmediate(resolve, undefined);
    if (signal.aborted) soon();
    else signal.addEventListener('abort', soon, { once: true });
  });
}

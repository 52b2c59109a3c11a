/** What is left to do for a child that has started: feed it, let its output flow, stop it in time. */
import type { Readable, Writable } from 'node:stream';

import type { Started } from '../platform/platform.ts';
import { childOf, type Child } from '../process/child.ts';
import { stopProcess, whenEnded } from '../process/process.ts';
import { whenOver } from '../process/time.ts';
import { feed } from './feed.ts';
import { flow } from './outflow.ts';
import type { SpawnPlan } from './spawn-options.ts';

type Planned = Pick<SpawnPlan, 'stdio' | 'bound' | 'stop'>;

/** The child for what was started: fed, drained and stopped as it was asked for. */
export function lookAfter(plan: SpawnPlan, started: Started): Child {
  const child = childOf(leftToCaller(plan, started), plan.request.cleanup);
  serveStreams(child, plan, started);
  stopInTime(child, plan);
  return child;
}

/** What is left for the caller when we feed and drain some of the ends ourselves. */
export function leftToCaller({ stdio }: Planned, started: Started): Started {
  const { feed: source, out, err } = stdio;
  if (source === undefined && out === undefined && err === undefined) return started;
  const ends = new Map(started.ends);
  if (source !== undefined) ends.delete(0);
  if (out !== undefined) ends.delete(1);
  if (err !== undefined) ends.delete(2);
  return { ref: started.ref, ends };
}

/** Feeds its standard input, and lets its output flow, where that is ours to do. */
export function serveStreams(child: Child, plan: Planned, { ends }: Started): void {
  const { feed: source, out, err } = plan.stdio;
  const stopAndThrow = (error: unknown): never => {
    stopQuietly(child, plan);
    throw error;
  };
  if (source !== undefined) {
    const stdin = ends.get(0) as Writable;
    void feed(source, stdin).catch(stopAndThrow);
    // A source that says nothing must not keep us, or be kept, when nobody reads it any more.
    if (typeof source !== 'string' && !(source instanceof Uint8Array)) {
      whenEnded(child, () => void stdin.destroy());
    }
  }
  if (out !== undefined) void flow(ends.get(1) as Readable, out).done.catch(stopAndThrow);
  if (err !== undefined) void flow(ends.get(2) as Readable, err).done.catch(stopAndThrow);
}

/** Stops it when its time is over; `stopping` is called then. */
export function stopInTime(child: Child, plan: Planned, stopping: () => void = () => {}): void {
  if (plan.bound === undefined) return;
  const stop = (): void => {
    stopping();
    stopQuietly(child, plan);
  };
  // The child keeps the loop alive, or it was told not to.
  whenEnded(child, whenOver(plan.bound, stop, { keepsLoop: false }));
}

/** A child that we may not signal (it changed its user) is left to its own. */
function stopQuietly(child: Child, { stop }: Planned): void {
  stopProcess(child, stop).catch(() => {});
}

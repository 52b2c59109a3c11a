/** fork + exec of another program. */
import type { Readable, Writable } from 'node:stream';

import type { Started } from '../platform/platform.ts';
import { childOf, type Child } from '../process/child.ts';
import { stopProcess, whenEnded } from '../process/process.ts';
import { whenOver } from '../process/time.ts';
import { feed } from './feed.ts';
import { launch } from './launch.ts';
import { flow } from './outflow.ts';
import {
  planSpawn,
  spawnOptionNames,
  type Dialect,
  type SpawnOptions,
  type SpawnPlan,
} from './spawn-options.ts';

const dialect: Dialect = { names: new Set(spawnOptionNames), stdin: 'pipe', others: 'pipe' };

/**
 * Starts another program. Resolves once that is running, so the child has a real pid and its program
 * was found; what it needs is made on another thread, and the event loop does not wait.
 *
 * A name without a slash is looked for in the PATH of the child; a relative path is taken from our
 * working directory, not from `cwd`. A file that is no program is given to /bin/sh. The child gets the
 * descriptors that were asked for and no others, an empty signal mask and default dispositions.
 *
 * Misuse of the arguments rejects too, and then nothing was started. A source of `stdin` or a Writable
 * that fails rejects nothing here, where nobody listens any more: the child is stopped with
 * `killSignal`, and the failure is an unhandled rejection. run() rejects with it.
 *
 * Source: posix_spawn(3), execve(2), clone(2).
 *
 * @throws SpawnError that names the step and the path that failed; TypeError and RangeError
 * (`ERR_INVALID_ARG_*`, `ERR_OUT_OF_RANGE`); AbortError if `signal` was aborted before.
 *
 * @example
 * ```ts
 * import { spawn } from 'brood';
 * const child = await spawn('sort', ['-r'], { stdin: 'a\nb\n' });
 * for await (const line of child) console.log(line); // 'b', then 'a'
 * console.log((await child.wait()).ok); // true
 * ```
 */
export function spawn(
  program: string,
  args?: readonly string[],
  options?: SpawnOptions,
): Promise<Child>;
export function spawn(program: string, options: SpawnOptions): Promise<Child>;
export async function spawn(
  program: string,
  args?: readonly string[] | SpawnOptions,
  options?: SpawnOptions,
): Promise<Child> {
  const plan = planSpawn(program, args, options, dialect);
  return lookAfter(plan, await launch(plan));
}

/** The child for what was started: fed, drained and stopped as it was asked for. */
export function lookAfter(plan: SpawnPlan, started: Started): Child {
  const { stdio, bound, request } = plan;
  const busy = stdio.feed !== undefined || stdio.out !== undefined || stdio.err !== undefined;
  const child = childOf(busy ? withoutOurs(plan, started) : started, request.cleanup);
  if (busy) occupy(child, plan, started);
  if (bound !== undefined) {
    // The child keeps the loop alive, or it was told not to.
    const cancel = whenOver(bound, () => stopQuietly(child, plan), { keepsLoop: false });
    whenEnded(child, cancel);
  }
  return child;
}

/** What is left for the caller when we feed and drain some of the ends ourselves. */
function withoutOurs(plan: SpawnPlan, started: Started): Started {
  const ends = new Map(started.ends);
  if (plan.stdio.feed !== undefined) ends.delete(0);
  if (plan.stdio.out !== undefined) ends.delete(1);
  if (plan.stdio.err !== undefined) ends.delete(2);
  return { ref: started.ref, ends };
}

function occupy(child: Child, plan: SpawnPlan, { ends }: Started): void {
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

/** A child that we may not signal (it changed its user) is left to its own. */
function stopQuietly(child: Child, { stop }: SpawnPlan): void {
  stopProcess(child, stop).catch(() => {});
}

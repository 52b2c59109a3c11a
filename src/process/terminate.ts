/**
 * Ends a process: asks first, and leaves nothing to its goodwill. Whatever happens, the last step is
 * SIGKILL.
 */
import { constants } from 'node:os';

import { platform } from '../platform/select.ts';
import type { ExitStatus } from '../status/exit-status.ts';
import { ProcessGroup } from './group.ts';
import type { Handle } from './handle.ts';
import { signalMember, type Several } from './members.ts';
import { whenOver, type Bound } from './time.ts';
import { ProcessTree } from './tree.ts';

const { SIGCONT, SIGKILL } = constants.signals;

/** Everything decided: which signal, how long to wait, whom it concerns. */
export interface StopRequest {
  /** The signal that asks it to end. */
  readonly signalNumber: number;
  /** Milliseconds from there to SIGKILL. */
  readonly graceMs: number;
  /** All that came from it too. */
  readonly tree?: boolean | undefined;
  /** Its whole process group too. */
  readonly group?: boolean | undefined;
  /** Cuts the grace short. */
  readonly abort?: AbortSignal | undefined;
}

/** Stops what a handle stands for. Resolves when it ended; with `tree` or `group`, when all have. */
export async function stop(handle: Handle, request: StopRequest): Promise<ExitStatus> {
  handle.awaited = true;
  if (request.tree === true) {
    // A process that ended has no tree any more: what it left behind has other parents.
    if (handle.status() === undefined) await stopSeveral(new ProcessTree([handle.ref]), request);
  } else if (request.group === true) {
    await stopSeveral(new ProcessGroup(handle.ref), request);
  } else if (handle.status() === undefined) {
    await stopOne(handle, request);
  }
  return handle.wait();
}

async function stopOne(handle: Handle, request: StopRequest): Promise<void> {
  const { ref } = handle;
  ref.signal(request.signalNumber);
  // A stopped process acts on nothing but SIGKILL until it goes on.
  if (platform().row(ref.pid)?.state === 'T') ref.signal(SIGCONT);
  const ended = await handle.waitWithin(graceOf(request));
  if (ended === undefined) ref.signal(SIGKILL);
}

async function stopSeveral(several: Several, request: StopRequest): Promise<void> {
  try {
    await stopAll(several, request);
  } finally {
    several.release();
  }
}

async function stopAll(several: Several, request: StopRequest): Promise<void> {
  several.signal(request.signalNumber, true);
  const grace = graceOf(request);
  for (;;) {
    const { living, fresh } = several.look();
    if (living.length === 0) return;
    if (grace.remaining() === 0 || request.abort?.aborted === true) break;
    // What a member started on its way out is asked as well.
    for (const member of fresh) signalMember(member, request.signalNumber);
    await allEnded(
      living.map((member) => member.ref),
      grace,
    );
  }
  several.kill();
}

/** Resolves when all have ended or the grace is over. */
function allEnded(refs: readonly (Handle['ref'] | undefined)[], grace: Bound): Promise<void> {
  return new Promise((resolve) => {
    const cancel = whenOver(grace, resolve);
    let left = refs.length;
    for (const ref of refs) {
      ref?.onEnd(() => {
        left--;
        if (left > 0) return;
        cancel();
        resolve();
      });
    }
  });
}

function graceOf(request: StopRequest): Bound {
  const end = performance.now() + request.graceMs;
  return { signal: request.abort, remaining: () => Math.max(0, end - performance.now()) };
}

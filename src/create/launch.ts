/** From a checked plan to a started program: the common beginning of everything that starts one. */
import type { SpawnRequest, Started } from '../platform/platform.ts';
import { platform } from '../platform/select.ts';
import { abortError } from './abort-error.ts';
import type { SpawnPlan } from './spawn-options.ts';

/**
 * Starts what is planned. FileDescriptors that were handed over are closed here once it has started,
 * and stay the caller's when it has not. `start`: how, if not by spawning a program.
 */
export function launch<T extends Started = Started>(
  plan: SpawnPlan,
  start: (request: SpawnRequest) => Promise<T> = spawned as (request: SpawnRequest) => Promise<T>,
): Promise<T> {
  const signal = plan.bound?.signal;
  if (signal?.aborted === true) return Promise.reject(abortError(signal));
  const { handed } = plan.stdio;
  if (handed === undefined) return start(plan.request);
  handed.begin();
  return start(plan.request).then(
    (started) => {
      handed.done();
      return started;
    },
    (error: unknown) => {
      handed.undo();
      throw error;
    },
  );
}

function spawned(request: SpawnRequest): Promise<Started> {
  return platform().spawn(request);
}

/** From a checked plan to a started program: the common beginning of everything that starts one. */
import type { SpawnRequest, Started } from '../platform/platform.ts';
import { platform } from '../platform/select.ts';
import { abortError } from './abort-error.ts';
import type { SpawnPlan } from './spawn-options.ts';

/**
 * Starts what is planned. FileDescriptors that were handed over are closed here once it has started,
 * and stay the caller's when it has not. `start`: how, if not by spawning a program.
 */
export function launch(
  plan: SpawnPlan,
  start: (request: SpawnRequest) => Promise<Started> = (request) => platform().spawn(request),
): Promise<Started> {
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

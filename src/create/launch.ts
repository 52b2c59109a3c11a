/** From a checked plan to a started program: the common beginning of everything that starts one. */
import type { Started } from '../platform/platform.ts';
import { platform } from '../platform/select.ts';
import { abortError } from './abort-error.ts';
import type { SpawnPlan } from './spawn-options.ts';

/**
 * Starts what is planned. FileDescriptors that were handed over are closed here once it has started,
 * and stay the caller's when it has not.
 */
export function launch(plan: SpawnPlan): Promise<Started> {
  const signal = plan.bound?.signal;
  if (signal?.aborted === true) return Promise.reject(abortError(signal));
  const { handed } = plan.stdio;
  if (handed === undefined) return platform().spawn(plan.request);
  handed.begin();
  return platform()
    .spawn(plan.request)
    .then(
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

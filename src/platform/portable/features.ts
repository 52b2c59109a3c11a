/** What can be had without the addon, and why the rest cannot. */
import type { Feature, FeatureName, Features } from '../platform.ts';

/** `reason`: why this program runs without the addon. */
export function portableFeatures(reason: string): Features {
  const no = (needs: string): Feature => ({
    available: false,
    reason: `needs ${needs} with the addon of brood, which is not in use: ${reason}`,
  });
  return {
    addon: { available: false, reason },
    spawn: {
      available: true,
      reason: 'by node:child_process, which blocks the event loop meanwhile',
    },
    exec: no('Linux'),
    pidfd: no('Linux 5.3 or later'),
    foreignExitCodes: no('Linux 6.15 or later'),
    cgroup: no('Linux 4.5 or later'),
    closeRange: no('Linux 5.9 or later'),
    descriptorPassing: no('Linux'),
    sharedMemory: no('Linux'),
    attributes: no(
      'Linux (only uid, gid, session, and the priority of a running process are here)',
    ),
    deathSignal: no('Linux'),
    fork: no('Linux'),
    forkEntry: no('Linux'),
    forkServer: no('Linux'),
    events: no('Linux'),
  } satisfies Record<FeatureName, Feature>;
}

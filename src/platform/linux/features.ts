/** What this kernel and the addon can do; the kernel is asked once, at load. */
import { release } from 'node:os';

import type { NativeAddon } from '../binding.ts';
import type { Feature, Features } from '../platform.ts';
import { errnoWords } from '../translate.ts';

/** What a probe of the kernel answered. */
export interface Probe {
  readonly pidfd: Feature;
  readonly foreignExitCodes: Feature;
  readonly cgroup: Feature;
  readonly closeRange: Feature;
}

const here: Feature = { available: true, reason: `Linux ${release()}` };

function answer(errno: number, need: string): Feature {
  if (errno === 0) return here;
  return { available: false, reason: `${errnoWords(errno)[0]} from the kernel; needs ${need}` };
}

/** Asks the kernel; `BROOD_PIDFD=off` makes it a kernel without pidfds. */
export function probe(addon: NativeAddon): Probe {
  const [pidfd, foreignExitCodes, cgroup, closeRange] = addon.probe();
  const off: Feature = { available: false, reason: 'BROOD_PIDFD=off is set' };
  const usable = process.env['BROOD_PIDFD'] === 'off' ? off : answer(pidfd, 'Linux 5.3');
  return {
    pidfd: usable,
    foreignExitCodes: usable.available ? answer(foreignExitCodes, 'Linux 6.15') : usable,
    cgroup: answer(cgroup, 'cgroups in the kernel'),
    closeRange: answer(closeRange, 'Linux 5.9; done one by one instead'),
  };
}

/** All features of this platform. */
export function linuxFeatures(
  addonNow: NativeAddon,
  probed: Probe,
  loaded: string,
  forks: Pick<Features, 'fork' | 'forkEntry' | 'forkServer'>,
): Features {
  const addon: Feature = { available: true, reason: loaded };
  const events = addonNow.probeEvents();
  return {
    addon,
    spawn: { available: true, reason: 'clone(CLONE_VM | CLONE_VFORK) on the thread pool' },
    exec: addon,
    ...probed,
    descriptorPassing: addon,
    sharedMemory: addon,
    attributes: addon,
    deathSignal: addon,
    ...forks,
    events: answer(
      events,
      'the first pid and user namespace, and before Linux 6.6 CAP_NET_ADMIN; polls instead',
    ),
  };
}

/** Which platform this program uses; decided once, at the first question. */
import { binding } from './binding.ts';
import { createLinuxPlatform } from './linux/linux.ts';
import type { Platform } from './platform.ts';
import { createPortablePlatform } from './portable/portable.ts';

let chosen: Platform | undefined;

/** The platform in use: the native one unless `BROOD_PLATFORM=portable`, or the addon cannot load. */
export function platform(): Platform {
  chosen ??= choose();
  return chosen;
}

function choose(): Platform {
  const loaded = binding();
  return loaded.addon === undefined
    ? createPortablePlatform(loaded.reason)
    : createLinuxPlatform(loaded);
}

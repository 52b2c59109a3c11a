/** What can be had here, and why not what cannot. */
import type { Features } from './platform.ts';
import { platform } from './select.ts';

/**
 * What this kernel, this Node and the addon can do: each feature is there or not, with the reason. If
 * the addon could not be loaded, `addon.reason` says why.
 *
 * @example
 * ```ts
 * import { features } from 'brood';
 * const { pidfd } = features();
 * console.log(pidfd.available, pidfd.reason); // true 'Linux 6.18.0'
 * ```
 */
export function features(): Features {
  return platform().features();
}

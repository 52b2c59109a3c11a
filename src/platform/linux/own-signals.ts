/** The dispositions and masks of this program, over the addon. */
import type { NativeAddon } from '../binding.ts';
import type { Disposition, OwnSignals } from '../platform.ts';
import { translated } from '../translate.ts';

/** By the number that the addon gives. */
const dispositions: readonly Disposition[] = ['default', 'ignored', 'handled'];

/**
 * Binds {@link OwnSignals} to the addon. ignore() and reset() go past Node: it goes on believing that
 * a listener of `process.on(signal)` is in place, until that listener is removed and added again.
 */
export function createOwnSignals(addon: NativeAddon): OwnSignals {
  return {
    disposition: (number) =>
      dispositions[translated(() => addon.getDisposition(number))] ?? 'handled',
    ignore: (number) => translated(() => addon.ignoreSignal(number)),
    reset: (number) => translated(() => addon.resetSignal(number)),
    block: (numbers) => translated(() => addon.blockSignals(numbers)),
    unblock: (numbers) => translated(() => addon.unblockSignals(numbers)),
    blocked: () => translated(() => addon.blockedSignals()),
    pending: () => translated(() => addon.pendingSignals()),
  };
}

import type { NativeAddon } from '../binding.ts';

let known = false;

/**
 * Ends a child in which only its entry runs as soon as its work is done. Node's own end of the loop is
 * that of the parent's program: it would complain that this is not evaluated to its end.
 */
export function endWhenDone(addon: NativeAddon): void {
  if (known) return;
  known = true;
  // eslint-disable-next-line typescript/unbound-method -- called with the `this` that it gets
  const emit = process.emit as (...args: unknown[]) => boolean;
  const ender = function (this: unknown, ...args: unknown[]): boolean {
    const heard = Reflect.apply(emit, this, args);
    if (args[0] === 'beforeExit') addon.whenDone(() => process.exit());
    return heard;
  };
  process.emit = ender as typeof process.emit;
}

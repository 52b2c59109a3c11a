import type { NativeAddon } from '../binding.ts';

type Emit = (...args: unknown[]) => boolean;

/** What the program had before; undefined: no clean fork so far. */
let emit: Emit | undefined;
/** In a clean child: what is done when its work is. */
let end: (() => void) | undefined;

/**
 * Ends a child in which only its entry runs as soon as its work is done, after `last`. Node's own end of
 * the loop is that of the parent's program: it would complain that this is not evaluated to its end.
 *
 * Put there at the first fork, on both sides: see platform/forked.ts. `last` is undefined in the parent.
 */
export function endWhenDone(addon: NativeAddon, last: (() => void) | undefined): void {
  if (last !== undefined) {
    const ended = (): never => {
      last();
      return process.exit();
    };
    end = () => addon.whenDone(ended);
  }
  if (emit !== undefined) return;
  // eslint-disable-next-line typescript/unbound-method -- called with the `this` that it gets
  emit = process.emit as Emit;
  process.emit = emitAndEnd as typeof process.emit;
}

function emitAndEnd(this: unknown, ...args: unknown[]): boolean {
  const heard = Reflect.apply(emit as Emit, this, args);
  if (end !== undefined && args[0] === 'beforeExit') end();
  return heard;
}

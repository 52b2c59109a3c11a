/** The lines of stat, look by look, as the addon keeps them: what is the same does not come up here. */
import { setImmediate as turn } from 'node:timers/promises';

import type { NativeAddon } from '../binding.ts';
import type { StatLines } from '../platform.ts';
import { translate } from '../translate.ts';
import { Unpacker } from './unpacker.ts';

/** How many lines are taken in one turn of the loop; each takes some 15 µs. */
const inOneTurn = 256;

const nothing: Int32Array = new Int32Array(0);

/** Begins to look; the descriptors that it keeps are closed by close(). */
export function statLines(addon: NativeAddon): StatLines {
  const watch = addon.openStatWatch();
  return {
    async look(anew, take) {
      const again = anew.length === 0 ? nothing : Int32Array.from(anew).toSorted();
      const bytes = await addon.lookAtStats(watch, again).catch((error: unknown) => {
        throw translate(error);
      });
      const at = performance.now();
      const unpacker = new Unpacker(Buffer.from(bytes));
      let lines = 0;
      while (unpacker.at < bytes.byteLength) {
        const pid = unpacker.number();
        const piece = unpacker.piece();
        if (typeof piece === 'number') take(pid, 'new', at);
        else if (piece.length === 0) take(pid, 'same', at);
        else {
          take(pid, piece, at);
          if (++lines % inOneTurn === 0) await turn();
        }
      }
    },
    close: () => addon.closeStatWatch(watch),
  };
}

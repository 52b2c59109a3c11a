/** Looking into processes: /proc is read by the addon, and elsewhere there is none. */
import type { Look } from '../platform.ts';
import type { Refuse } from './refusal.ts';

/** Refuses everything, and says who can. */
export function portableLook(refuse: Refuse): Look {
  const no = (): never => {
    throw refuse('looking into processes');
  };
  return {
    check: (what) => {
      throw refuse(what);
    },
    pids: no,
    read: no,
    statLines: no,
    entries: no,
    holders: no,
    unixPeers: no,
    listen: no,
    clock: no,
  };
}

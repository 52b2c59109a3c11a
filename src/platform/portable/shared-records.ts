/** No memory between processes: Node has none. */
import type { SharedRecords } from '../shared-records.ts';
import type { Refuse } from './refusal.ts';

/** All of it is refused. */
export function portableSharedRecords(refuse: Refuse): SharedRecords {
  const no = (what: string) => (): never => {
    throw refuse(what);
  };
  const memory = no('shared memory');
  const records = no('a lock between processes');
  return {
    create: memory,
    map: memory,
    unmap: memory,
    find: memory,
    reserve: memory,
    prepare: records,
    ask: records,
    watch: records,
  };
}

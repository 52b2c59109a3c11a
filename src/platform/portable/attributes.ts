/** The one attribute of a running process that Node can read and set: its nice value. */
import { getPriority, setPriority } from 'node:os';

import { NoSuchProcessError } from '../../errors.ts';
import type { ProcessAttributes, ProcessRef } from '../platform.ts';
import { refused } from './failure.ts';
import type { Refuse } from './refusal.ts';

/** The attributes of any process, as far as node:os has them. */
export function portableAttributes(refuse: Refuse): ProcessAttributes {
  const no = (what: string) => (): never => {
    throw refuse(`to read or set the ${what} of a process`);
  };
  return {
    getPriority: (ref) => asked(ref, () => getPriority(ref.pid)),
    setPriority: (ref, nice) => asked(ref, () => setPriority(ref.pid, nice)),
    getAffinity: no('affinity'),
    setAffinity: no('affinity'),
    getLimits: no('limits'),
    setLimit: no('limits'),
    getScheduling: no('scheduling policy'),
    setScheduling: no('scheduling policy'),
    getIoPriority: no('input and output priority'),
    setIoPriority: no('input and output priority'),
  };
}

function asked<T>(ref: ProcessRef, ask: () => T): T {
  // An ended one's pid may be somebody else's by now.
  if (ref.end() !== undefined) throw new NoSuchProcessError(ref.pid);
  try {
    return ask();
  } catch (error) {
    throw refused(error, ref.pid);
  }
}

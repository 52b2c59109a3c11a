/** What only a program can do to itself, as far as Node has it. */
import { availableParallelism } from 'node:os';
import { isMainThread } from 'node:worker_threads';

import type { OwnProcess, ProcessRow } from '../platform.ts';
import type { Refuse } from './refusal.ts';
import { readRow } from './table.ts';

/** Process group and session are read from the process table. */
export function portableOwn(refuse: Refuse): OwnProcess {
  const row = (): ProcessRow => {
    const found = readRow(process.pid, refuse);
    if (found === undefined) throw refuse('the process table that shows this process');
    return found;
  };
  return {
    processGroup: () => row().pgid,
    session: () => row().sid,
    getSubreaper: () => false,
    setSubreaper: (on) => {
      if (on) throw refuse('a subreaper', '3.4');
    },
    abort: () => {
      // process.abort() is for the main thread only.
      if (!isMainThread) process.kill(process.pid, 'SIGABRT');
      return process.abort();
    },
    processors: availableParallelism,
    // Node reaps only what it started, and a program without subreaper adopts nobody.
    reapAdopted: () => undefined,
  };
}

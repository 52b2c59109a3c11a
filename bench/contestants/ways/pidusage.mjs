import { readdirSync } from 'node:fs';

import pidusage from 'pidusage';

/** Processor time, memory and ppid of pids that are given. */
export async function list() {
  const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  return Object.values(await pidusage(pids)).filter(Boolean).length;
}

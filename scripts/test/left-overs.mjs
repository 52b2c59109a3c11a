/**
 * Finds the processes that a test file left behind. They are known by the mark in their environment,
 * and, where a test gave them another environment, by the session of the test file.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

/** How long a process that was told to end may still be seen. */
const patienceMs = 2000;

/** Ends what was left behind; resolves with a description of each process. */
export async function endLeftOvers(id, session) {
  const until = performance.now() + patienceMs;
  let found = leftOvers(id, session);
  while (found.length > 0 && performance.now() < until) {
    await sleep(50);
    found = leftOvers(id, session);
  }
  for (const { pid } of found) endProcess(pid);
  return found.map(({ pid, command }) => `${pid} ${command}`);
}

function endProcess(pid) {
  try {
    process.kill(pid, 'SIGKILL');
  } catch (error) {
    if (error.code !== 'ESRCH') throw error;
  }
}

function leftOvers(id, session) {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => pid !== process.pid && belongsTo(pid, id, session))
    .map((pid) => ({ pid, command: read(pid, 'cmdline').replaceAll('\0', ' ').trim() }));
}

function belongsTo(pid, id, session) {
  const stat = read(pid, 'stat');
  const [state, , , sid] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  // A zombie has ended; whoever adopted it reaps it. The test file looked for its own.
  if (state === undefined || state === 'Z' || state === 'X') return false;
  return Number(sid) === session || read(pid, 'environ').includes(`BROOD_TEST_RUN=${id}\0`);
}

/** A file of /proc, or '' where the process has gone or is not ours to read. */
function read(pid, name) {
  try {
    return readFileSync(`/proc/${pid}/${name}`, 'latin1');
  } catch {
    return '';
  }
}

/** Any process, by its pid. */
import { platform } from '../platform/select.ts';
import { checkInteger } from '../process/attribute-values.ts';
import { current } from '../process/current.ts';
import { processOf, type Process } from '../process/process.ts';

/** pid_t has 31 bits. */
const highestPid = 0x7fff_ffff;

/**
 * A handle on an existing process, whoever started it; {@link current} for our own pid, and the
 * Child for a child of ours. It is bound here and now: when the process has ended, the handle never
 * comes to mean another one of the same pid. Source: pidfd_open(2), Linux 5.3.
 *
 * @throws NoSuchProcessError; PermissionError; TypeError, RangeError for what can be no pid.
 *
 * @example
 * ```ts
 * import { attach, spawn } from 'brood';
 * const child = await spawn('sleep', ['60']);
 * const same = attach(child.pid);
 * same.signal('SIGTERM');
 * console.log(String(await same.wait())); // killed by SIGTERM
 * ```
 */
export function attach(pid: number): Process {
  checkInteger(pid, 'pid', 1, highestPid);
  return pid === process.pid ? current : processOf(platform().attach(pid));
}

/** A signal to a whole process group; the same on every platform that has groups. */
import { PermissionError, ProcessError } from '../errors.ts';

/** kill(2) with a negative pid: false if the group has no member any more. */
export function signalGroup(pgid: number, number: number): boolean {
  try {
    return process.kill(-pgid, number);
  } catch (error) {
    const { code, errno } = error as NodeJS.ErrnoException;
    const details = { code: code ?? 'EUNKNOWN', syscall: 'kill', pid: pgid, cause: error };
    const known = errno === undefined ? details : { ...details, errno: Math.abs(errno) };
    if (code === 'ESRCH') return false;
    if (code === 'EPERM') {
      throw new PermissionError(
        `no process of the group ${pgid} may be signalled by this user`,
        known,
      );
    }
    throw new ProcessError(`the group ${pgid} could not be signalled`, known);
  }
}

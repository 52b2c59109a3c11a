/** Descriptors of this program, over the addon. */
import { constants, openSync } from 'node:fs';

import { PermissionError, ProcessError } from '../../errors.ts';
import type { NativeAddon } from '../binding.ts';
import type { Descriptors, DescriptorType } from '../platform.ts';
import { errnoWords, translated } from '../translate.ts';

/** Binds {@link Descriptors} to the addon. */
export function createDescriptors(addon: NativeAddon): Descriptors {
  return {
    pipe: () => translated(() => addon.pipe()),
    socketpair: () => translated(() => addon.socketpair()),
    open: openFile,
    duplicate: (fd) => translated(() => addon.duplicate(fd)),
    close: (fd) => translated(() => addon.close(fd)),
    type: (fd) => typeOf(...translated(() => addon.describe(fd))),
    getCloseOnExec: (fd) => translated(() => addon.getCloseOnExec(fd)),
    setCloseOnExec: (fd, on) => translated(() => addon.setCloseOnExec(fd, on)),
    send: (socket, data, descriptors) => translated(() => addon.send(socket, data, descriptors)),
    receive: (socket, maxBytes) => {
      const message = translated(() => addon.receive(socket, maxBytes));
      return message === null ? 'closed' : message;
    },
    whenReady: (fd, direction, callback) => {
      const token = translated(() => addon.whenReady(fd, direction === 'write', callback));
      return () => addon.stopWaiting(token);
    },
  };
}

function typeOf(mode: number, terminal: boolean): DescriptorType {
  if (terminal) return 'terminal';
  switch (mode & constants.S_IFMT) {
    case constants.S_IFREG:
      return 'file';
    case constants.S_IFDIR:
      return 'directory';
    case constants.S_IFIFO:
      return 'pipe';
    case constants.S_IFSOCK:
      return 'socket';
    case constants.S_IFCHR:
      return 'characterDevice';
    case constants.S_IFBLK:
      return 'blockDevice';
    default:
      return 'other';
  }
}

/** Node's own open, which sets O_CLOEXEC and says which path failed. */
function openFile(path: string, flags: string | number, mode: number): number {
  try {
    return openSync(path, flags, mode);
  } catch (error) {
    const { errno } = error as NodeJS.ErrnoException;
    if (errno === undefined) throw error;
    const [code, words] = errnoWords(-errno);
    const Kind = code === 'EACCES' || code === 'EPERM' ? PermissionError : ProcessError;
    throw new Kind(`cannot open ${JSON.stringify(path)}: ${words} (${code})`, {
      code,
      syscall: 'open',
      errno: -errno,
    });
  }
}

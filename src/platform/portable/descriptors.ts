/** Descriptors of this program, as far as node:fs has them. */
import { closeSync, fstatSync, openSync, type Stats } from 'node:fs';
import { isatty } from 'node:tty';

import type { Descriptors, DescriptorType } from '../platform.ts';
import { refused } from './failure.ts';
import type { Refuse } from './refusal.ts';

/** Open, close, and what is open where; the rest is refused. */
export function portableDescriptors(refuse: Refuse): Descriptors {
  const no = (what: string) => (): never => {
    throw refuse(what);
  };
  return {
    open: (path, flags, mode) => translated(() => openSync(path, flags, mode)),
    close: (fd) => translated(() => closeSync(fd)),
    type: (fd) => translated(() => typeOf(fd, fstatSync(fd))),
    pipe: no('pipe()'),
    socketpair: no('socketpair()'),
    duplicate: no('duplicate()'),
    getCloseOnExec: no('closeOnExec'),
    setCloseOnExec: no('closeOnExec'),
    send: no('sending descriptors'),
    receive: no('receiving descriptors'),
    whenReady: no('waiting for a descriptor'),
  };
}

function typeOf(fd: number, stats: Stats): DescriptorType {
  if (stats.isFile()) return 'file';
  if (stats.isDirectory()) return 'directory';
  if (stats.isFIFO()) return 'pipe';
  if (stats.isSocket()) return 'socket';
  if (stats.isBlockDevice()) return 'blockDevice';
  if (stats.isCharacterDevice()) return isatty(fd) ? 'terminal' : 'characterDevice';
  return 'other';
}

function translated<T>(ask: () => T): T {
  try {
    return ask();
  } catch (error) {
    throw refused(error);
  }
}

/**
 * Memory by name. The kernel's own list of open files is the register: a name lives as long as a process
 * has the memory open, also if each of them ends by SIGKILL, and no file is left anywhere.
 */
import { closeSync, fstatSync, openSync, readdirSync, readlinkSync } from 'node:fs';

import type { NativeAddon } from '../binding.ts';
import { translated } from '../translate.ts';

/** The name of the memfd of a memory; what has no name of its own is never found. */
export function memoryName(name: string): string {
  return name === '' ? 'brood' : `brood:${name}`;
}

/** Looks through the open files of this user's processes in /proc; opens the one of that name. */
export function findMemory(name: string): number | undefined {
  const target = `/memfd:${memoryName(name)} (deleted)`;
  const user = process.geteuid?.();
  // This program too: its own memory is found by its name like any other.
  for (const pid of namesIn('/proc')) {
    if (!/^\d+$/.test(pid)) continue;
    for (const fd of namesIn(`/proc/${pid}/fd`)) {
      const path = `/proc/${pid}/fd/${fd}`;
      if (linkOf(path) !== target) continue;
      const opened = openOwn(path, target, user);
      if (opened !== undefined) return opened;
    }
  }
  return undefined;
}

/**
 * An address of a socket, which only one process can have, and which nobody has any more when that
 * ends: whoever has it may make the memory of that name.
 */
export function reserveName(addon: NativeAddon, name: string): (() => void) | undefined {
  const user = process.geteuid?.() ?? 0;
  const fd = translated(() => addon.reserveName(`brood/${user}/${name}`));
  return fd === undefined ? undefined : () => closeSync(fd);
}

/** undefined: closed meanwhile, another user's, or the number stands for something else by now. */
function openOwn(path: string, target: string, user: number | undefined): number | undefined {
  let fd;
  try {
    fd = openSync(path, 'r+');
  } catch {
    return undefined;
  }
  if (fstatSync(fd).uid === user && linkOf(`/proc/self/fd/${fd}`) === target) return fd;
  closeSync(fd);
  return undefined;
}

function linkOf(path: string): string | undefined {
  try {
    return readlinkSync(path);
  } catch {
    return undefined;
  }
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    // It has ended, or is another user's.
    return [];
  }
}

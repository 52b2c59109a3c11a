/** open(2). */
import { constants } from 'node:fs';
import { fileURLToPath } from 'node:url';

import { invalidType, invalidValue, outOfRange } from '../errors.ts';
import { platform } from '../platform/select.ts';
import { type FileDescriptor, ownerOf } from './file-descriptor.ts';
import type { Direction } from './ownership.ts';

/**
 * Opens a file, close-on-exec. `flags` are those of `fs.open` (`'r'`, `'a+'`, …) or the bits of
 * open(2); `mode` is for a file that is created, less the umask. It blocks as long as open(2) does:
 * on a FIFO, until the other side is opened. Throws a ProcessError (ENOENT, EISDIR, …) or a
 * PermissionError, naming the path; TypeError and RangeError for wrong arguments.
 *
 * @example
 * ```ts
 * const log = open('build.log', 'a');
 * const child = await spawn('make', [], { stdout: log, stderr: 'stdout' });
 * ```
 */
export function open(
  path: string | URL,
  flags: string | number = 'r',
  mode: number = 0o666,
): FileDescriptor {
  const bits = checkFlags(flags);
  if (typeof mode !== 'number') throw invalidType('mode', 'a number', mode);
  if (!Number.isInteger(mode) || mode < 0 || mode > 0o7777) {
    throw outOfRange('mode', 'an integer from 0 to 0o7777', mode);
  }
  return ownerOf(platform().descriptors.open(checkPath(path), bits, mode), directionOf(bits));
}

function checkPath(path: unknown): string {
  if (typeof path !== 'string' && !(path instanceof URL)) {
    throw invalidType('path', 'a string or a URL', path);
  }
  const text = typeof path === 'string' ? path : fileURLToPath(path);
  if (text === '') throw invalidValue('path', path, 'must not be empty');
  if (text.includes('\0')) throw invalidValue('path', path, 'must not contain a NUL character');
  return text;
}

const { O_APPEND, O_CREAT, O_EXCL, O_RDONLY, O_RDWR, O_SYNC, O_TRUNC, O_WRONLY } = constants;
const accessMode = O_RDONLY | O_WRONLY | O_RDWR;

/** The words of fs.open, in their order of letters: what, then 's' or 'x', then '+'. */
const words: ReadonlyMap<string, number> = new Map([
  ['r', O_RDONLY],
  ['rs', O_RDONLY | O_SYNC],
  ['r+', O_RDWR],
  ['rs+', O_RDWR | O_SYNC],
  ['w', O_TRUNC | O_CREAT | O_WRONLY],
  ['wx', O_TRUNC | O_CREAT | O_WRONLY | O_EXCL],
  ['w+', O_TRUNC | O_CREAT | O_RDWR],
  ['wx+', O_TRUNC | O_CREAT | O_RDWR | O_EXCL],
  ['a', O_APPEND | O_CREAT | O_WRONLY],
  ['ax', O_APPEND | O_CREAT | O_WRONLY | O_EXCL],
  ['as', O_APPEND | O_CREAT | O_WRONLY | O_SYNC],
  ['a+', O_APPEND | O_CREAT | O_RDWR],
  ['ax+', O_APPEND | O_CREAT | O_RDWR | O_EXCL],
  ['as+', O_APPEND | O_CREAT | O_RDWR | O_SYNC],
]);

function checkFlags(flags: unknown): number {
  if (typeof flags === 'number') {
    if (Number.isInteger(flags) && flags >= 0 && flags <= 0x7fff_ffff) return flags;
    throw outOfRange('flags', 'an integer from 0 to 2147483647', flags);
  }
  if (typeof flags !== 'string') throw invalidType('flags', 'a string or a number', flags);
  const bits = words.get(flags);
  if (bits === undefined) {
    throw invalidValue('flags', flags, `must be one of ${[...words.keys()].join(', ')}`);
  }
  return bits;
}

function directionOf(bits: number): Direction {
  const access = bits & accessMode;
  if (access === O_RDONLY) return 'read';
  return access === O_WRONLY ? 'write' : undefined;
}

/**
 * Streams of Node over a descriptor. Pipes, sockets and terminals wait in the event loop; files and
 * devices have no such thing as "not ready", and are read and written by Node's thread pool.
 */
import { createReadStream, createWriteStream } from 'node:fs';
import { Socket } from 'node:net';
import type { Duplex, Readable, Writable } from 'node:stream';
import { ReadStream, WriteStream } from 'node:tty';

import { ProcessError, UnsupportedError } from '../errors.ts';
import type { DescriptorType } from '../platform/platform.ts';
import { platform } from '../platform/select.ts';
import type { Direction } from './ownership.ts';

interface Directions {
  readonly wanted: Direction;
  readonly known: Direction;
}

/** A stream that reads from `fd` and closes it. */
export function readableOver(fd: number, type: DescriptorType, directions: Directions): Readable {
  checkDirection(fd, directions);
  if (type === 'terminal') return overTerminal(fd, () => new ReadStream(fd));
  if (waitsInLoop(type)) return socketOver(fd, type, { readable: true, writable: false });
  return createReadStream('', { fd, autoClose: true });
}

/** A stream that writes to `fd` and closes it. */
export function writableOver(fd: number, type: DescriptorType, directions: Directions): Writable {
  checkDirection(fd, directions);
  if (type === 'terminal') return overTerminal(fd, () => new WriteStream(fd));
  if (waitsInLoop(type)) return socketOver(fd, type, { readable: false, writable: true });
  return createWriteStream('', { fd, autoClose: true });
}

/** A two-way stream over `fd` that closes it. */
export function duplexOver(fd: number, type: DescriptorType): Duplex {
  if (type === 'terminal') return overTerminal(fd, () => new ReadStream(fd));
  if (type === 'socket') return socketOver(fd, type, { readable: true, writable: true });
  throw new UnsupportedError(
    `descriptor ${fd} is a ${type}: only a socket or a terminal is a stream for both ways`,
  );
}

function checkDirection(fd: number, { wanted, known }: Directions): void {
  if (known === undefined || known === wanted) return;
  const words = { read: 'reading', write: 'writing' };
  throw new ProcessError(
    `descriptor ${fd} is open for ${words[known]} only, not for ${words[wanted ?? known]}`,
    { code: 'EBADF' },
  );
}

function waitsInLoop(type: DescriptorType): boolean {
  return type === 'pipe' || type === 'socket';
}

function socketOver(
  fd: number,
  type: DescriptorType,
  ways: { readable: boolean; writable: boolean },
): Socket {
  try {
    return new Socket({ fd, allowHalfOpen: ways.readable && ways.writable, ...ways });
  } catch (cause) {
    // Node has streams for TCP and Unix stream sockets only.
    throw new UnsupportedError(`descriptor ${fd}, a ${type}, cannot be a stream`, { cause });
  }
}

/**
 * libuv opens a terminal a second time, so that the mode it sets is not everybody's, and closes only
 * that one: then the number we had is closed here at once.
 */
function overTerminal<T extends ReadStream | WriteStream>(fd: number, make: () => T): T {
  const stream = make();
  const handle = (stream as unknown as Record<string, { fd?: number } | null | undefined>)[
    '_handle'
  ];
  const inner = handle?.fd ?? fd;
  if (inner >= 0 && inner !== fd) platform().descriptors.close(fd);
  return stream;
}

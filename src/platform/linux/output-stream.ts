/** Our end of a pipe that a child writes to. */
import { Socket, type ConnectOpts, type SocketConstructorOpts } from 'node:net';
import type { Readable } from 'node:stream';

import { Collection, type CollectionMemory } from './collection.ts';

/** The room of the first read: most children write little. */
const modest = 8 * 1024;
/** The room that Node takes for every read; a writer's block is often as long. */
const usual = 64 * 1024;
/**
 * The room after a read that left none. A stream hands out one chunk a read, so larger reads mean fewer
 * turns through JavaScript for the same bytes; beyond this the memory itself costs more than they save.
 */
const ample = 256 * 1024;

/** How each output becomes one that is kept in one piece. */
const collectors = new WeakMap<Readable, Collector>();

type Collector = (memory: CollectionMemory, maxBuffer: number) => Collection | undefined;

function nextRoom(length: number, room: number): number {
  if (length === room) return room < usual ? usual : ample;
  return length <= modest ? modest : usual;
}

/**
 * A readable stream that owns `fd`. It reads as much at a time as the child writes; what comes in small
 * pieces is copied out, and holds no more memory than it is long.
 */
export function outputStream(fd: number): Socket {
  let size = modest;
  let room: Buffer | undefined;
  let collection: Collection | undefined;
  const take = (length: number, read: Uint8Array): boolean => {
    if (collection !== undefined) {
      collection.took(length);
      return true;
    }
    const buffer = read as Buffer;
    size = nextRoom(length, buffer.length);
    if (length * 4 <= buffer.length) {
      if (size !== buffer.length) room = undefined;
      const chunk = Buffer.allocUnsafeSlow(length);
      buffer.copy(chunk, 0, 0, length);
      return socket.push(chunk);
    }
    // The chunk keeps this memory; the next read gets other.
    room = undefined;
    return socket.push(length === buffer.length ? buffer : buffer.subarray(0, length));
  };
  const next = (): Buffer => collection?.next() ?? (room ??= Buffer.allocUnsafeSlow(size));
  // The types know `onread` for connect() only; every Socket takes it.
  const options: SocketConstructorOpts & Pick<ConnectOpts, 'onread'> = {
    fd,
    readable: true,
    writable: false,
    onread: { buffer: next, callback: take },
  };
  const socket = new Socket(options);
  collectors.set(socket, (memory, maxBuffer) => {
    // The room of the first read, which is on its way; without it something has been read.
    if (room === undefined || socket.bytesRead > 0) return undefined;
    collection = new Collection(memory, maxBuffer, room);
    return collection;
  });
  return socket;
}

/**
 * From now on an output is no stream but kept in one piece. Undefined where it cannot be: it is another
 * stream, or was read from.
 */
export function collect(
  stream: Readable,
  memory: CollectionMemory,
  maxBuffer: number,
): Collection | undefined {
  const collection = collectors.get(stream)?.(memory, maxBuffer);
  // Nothing comes of it but its end.
  if (collection !== undefined) stream.resume();
  return collection;
}

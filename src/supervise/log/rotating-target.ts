/** A file that is put aside when it is large enough: by rotating-file-stream. */
import { once } from 'node:events';
import { basename, dirname, resolve } from 'node:path';

import { UnsupportedError } from '../../errors.ts';
import { WriteFailure, type LogTarget } from './file-target.ts';
import type { Rotation } from './log-options.ts';

const usuallyKept = 5;

/** Opens it. @throws UnsupportedError where the library is not installed. */
export async function openRotating(path: string, rotation: Rotation): Promise<LogTarget> {
  const { createStream } = await library();
  const { size, keep = usuallyKept, compress = false } = rotation;
  const name = basename(path);
  const ending = compress ? '.gz' : '';
  const stream = createStream(
    (index) => (typeof index === 'number' ? `${name}.${index}${ending}` : name),
    { path: dirname(resolve(path)), rotate: keep, size: `${size}B`, compress },
  );
  // Each write hears of its own failure; between writes there is nothing to be told.
  stream.on('error', () => undefined);
  await Promise.race([
    once(stream, 'open'),
    once(stream, 'close').then(() => Promise.reject(stream.errored ?? new Error('it was closed'))),
  ]);
  return {
    async write(bytes) {
      // It looks at the size after each write only.
      let written = 0;
      while (written < bytes.length) {
        const piece = pieceOf(bytes, written, size);
        const error = await new Promise<unknown>((done) => stream.write(piece, done));
        if (error) throw new WriteFailure(written, error);
        written += piece.length;
      }
    },
    close: () =>
      new Promise((done) => {
        stream.end(() => done());
        stream.once('close', () => done());
      }),
  };
}

/** So many whole lines as fit into that size, at least one. */
function pieceOf(bytes: Buffer, from: number, size: number): Buffer {
  if (bytes.length - from <= size) return bytes.subarray(from);
  const last = bytes.lastIndexOf(0x0a, from + size - 1) + 1;
  const end = last > from ? last : bytes.indexOf(0x0a, from) + 1;
  return bytes.subarray(from, end > from ? end : bytes.length);
}

async function library(): Promise<typeof import('rotating-file-stream')> {
  try {
    return await import('rotating-file-stream');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ERR_MODULE_NOT_FOUND') throw error;
    throw new UnsupportedError(
      'rotating log files needs the package rotating-file-stream, which is not installed: it is an optional dependency of brood',
      { cause: error },
    );
  }
}

/** pipe(2). */
import { platform } from '../platform/select.ts';
import { type FileDescriptor, ownerOf } from './file-descriptor.ts';

/** The two ends of a pipe. */
export interface Pipe {
  readonly readEnd: FileDescriptor;
  readonly writeEnd: FileDescriptor;
}

/**
 * A pipe of the kernel: what is written to one end can be read from the other. Both ends are
 * close-on-exec and ours to close. Throws a ProcessError (EMFILE, ENFILE), and an UnsupportedError
 * where the addon is not loaded. Source: pipe(2), pipe(7).
 *
 * @example
 * ```ts
 * const { readEnd, writeEnd } = pipe();
 * writeEnd.writable().end('hello');
 * for await (const chunk of readEnd.readable()) console.log(String(chunk));
 * ```
 */
export function pipe(): Pipe {
  const [readEnd, writeEnd] = platform().descriptors.pipe();
  return { readEnd: ownerOf(readEnd, 'read'), writeEnd: ownerOf(writeEnd, 'write') };
}

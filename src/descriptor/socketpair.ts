/** socketpair(2). */
import { platform } from '../platform/select.ts';
import { type FileDescriptor, ownerOf } from './file-descriptor.ts';

/**
 * Two connected Unix stream sockets; each end reads what the other one writes, and can carry open
 * files ({@link FileDescriptor.send}). Both are close-on-exec and ours to close. Throws a
 * ProcessError (EMFILE, ENFILE), and an UnsupportedError where the addon is not loaded.
 * Source: socketpair(2), unix(7).
 *
 * @example
 * ```ts
 * const [ours, theirs] = socketpair();
 * const child = await spawn('cat', [], { stdin: theirs });
 * ours.duplex().end('hello');
 * ```
 */
export function socketpair(): [FileDescriptor, FileDescriptor] {
  const [one, other] = platform().descriptors.socketpair();
  return [ownerOf(one, undefined), ownerOf(other, undefined)];
}

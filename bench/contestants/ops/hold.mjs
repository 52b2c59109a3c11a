import { hold } from '../holding.mjs';
import { memoryOf } from '../proc.mjs';

/** `hold OBJECTS BUFFERS`: holds so many MiB of each; answers with the bytes of memory that are its own. */
export function perform(_way, megabytes) {
  hold(...megabytes.map(Number));
  globalThis.gc();
  return { anonymous: memoryOf('self', 'status', 'RssAnon') };
}

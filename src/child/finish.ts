/** The end of a child whose work is done. */
import type { Writable } from 'node:stream';

import { isUnmade } from './template-streams.ts';

/** Ends this process, once all that it printed has gone out. */
export async function finish(code: number): Promise<never> {
  // The getters make the streams where nobody has used them, or throw where there is no descriptor.
  if (!isUnmade('stdout')) await flush(() => process.stdout);
  if (!isUnmade('stderr')) await flush(() => process.stderr);
  return process.exit(process.exitCode === undefined || process.exitCode === 0 ? code : undefined);
}

/** Resolves when everything was written, or nothing can be any more. */
async function flush(get: () => Writable): Promise<void> {
  let stream: Writable;
  try {
    stream = get();
  } catch {
    return;
  }
  // A terminal or file writes at once, and has no queue.
  if (!(stream.writableLength > 0) || stream.destroyed) return;
  await new Promise<void>((resolve) => {
    stream.once('error', () => resolve());
    stream.once('close', resolve);
    stream.write('', () => resolve());
  });
}

/** Output that goes into a Writable of the caller's. */
import type { Readable, Writable } from 'node:stream';

/** How many of our flows still go into a Writable: it is ended with the last one. */
const flowing = new WeakMap<Writable, number>();

/** One output of a child on its way into a Writable. */
export interface Outflow {
  /** Resolves when all is written; rejects when the Writable fails. */
  readonly done: Promise<void>;
  /** Whether the Writable is so slow that the child has to wait: silence then means nothing. */
  readonly held: () => boolean;
}

/**
 * Lets `from` flow into `to`, no faster than that can take it, and ends `to` with the last output that
 * flows into it; process.stdout and process.stderr are never ended. When `to` fails, the child's pipe
 * is closed, so that it ends by SIGPIPE as in a shell.
 */
export function flow(from: Readable, to: Writable): Outflow {
  flowing.set(to, (flowing.get(to) ?? 0) + 1);
  let waiting = false;
  const done = new Promise<void>((resolve, reject) => {
    const onData = (chunk: Uint8Array): void => {
      if (to.write(chunk)) return;
      waiting = true;
      from.pause();
    };
    const onDrain = (): void => {
      waiting = false;
      from.resume();
    };
    const onError = (error: Error): void => {
      from.destroy();
      reject(error);
    };
    const onGone = (): void => {
      from.destroy();
    };
    const onEnd = (): void => {
      from.off('data', onData);
      to.off('drain', onDrain);
      to.off('close', onGone);
      waiting = false;
      end(to, resolve);
      // A failure of the last writes still comes; afterwards the error is the owner's again.
      if (to.writableFinished || isOurs(to)) to.off('error', onError);
    };
    from.on('data', onData);
    from.once('close', onEnd);
    from.on('error', onGone);
    to.on('drain', onDrain);
    to.on('error', onError);
    to.once('close', onGone);
  });
  return { done, held: () => waiting };
}

function end(to: Writable, finished: () => void): void {
  const left = (flowing.get(to) ?? 1) - 1;
  flowing.set(to, left);
  if (left > 0 || isOurs(to) || to.destroyed || to.writableEnded) {
    finished();
    return;
  }
  to.once('close', finished);
  to.end(finished);
}

function isOurs(to: Writable): boolean {
  return to === process.stdout || to === process.stderr;
}

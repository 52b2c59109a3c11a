/** Standard input that we give: from a string, bytes, a stream or an iterable into the child's pipe. */
import { finished, Readable, type Writable } from 'node:stream';

import { invalidType } from '../errors.ts';

/** What can be fed to a child. */
export type Source = string | Uint8Array | Readable | AsyncIterable<string | Uint8Array>;

/**
 * Feeds `source` to a child and ends its input. Resolves when everything is handed over, or when the
 * child takes no more (EPIPE: it may end, or close its input, whenever it likes). Rejects when the
 * source itself fails; `to` is left open then, because a child that sees the end of a broken input
 * would take it for the whole.
 */
export async function feed(source: Source, to: Writable): Promise<void> {
  to.on('error', takesNoMore);
  if (typeof source === 'string' || source instanceof Uint8Array) {
    to.end(source);
  } else {
    if (source instanceof Readable) await feedStream(source, to);
    else await feedIterable(source, to);
    if (!to.destroyed) to.end();
  }
  await eventOrClose(to, 'finish');
}

/**
 * Not by its iterator: one that waits for a silent stream cannot be called back, and the stream would
 * stay, with what it reads from.
 */
async function feedStream(source: Readable, to: Writable): Promise<void> {
  const write = (chunk: unknown): void => {
    try {
      if (!to.write(checkChunk(chunk))) source.pause();
    } catch (error) {
      source.destroy(error as Error);
    }
  };
  const resume = (): void => void source.resume();
  try {
    await new Promise<void>((resolve, reject) => {
      const done = (): void => resolve();
      to.once('close', done);
      to.on('drain', resume);
      source.on('data', write);
      finished(source, { writable: false }, (error) => {
        to.off('close', done);
        if (error === null || error === undefined) resolve();
        else reject(error);
      });
    });
  } finally {
    source.off('data', write);
    to.off('drain', resume);
    // Ours outlives any child; every other stream is for this child alone and is closed with it.
    if (source === process.stdin) source.pause();
    else source.destroy();
  }
}

async function feedIterable(
  source: AsyncIterable<string | Uint8Array>,
  to: Writable,
): Promise<void> {
  const iterator: AsyncIterator<unknown> = source[Symbol.asyncIterator]();
  let complete = false;
  try {
    for (;;) {
      const next = await nextOrClose(iterator, to);
      complete = next?.done === true;
      if (next === undefined || complete) return;
      if (!to.write(checkChunk(next.value))) await eventOrClose(to, 'drain');
    }
  } finally {
    // Not awaited: a generator that stands in an await answers only when that is over.
    if (!complete) iterator.return?.()?.then(undefined, takesNoMore);
  }
}

/** EPIPE and its kin are the child's right, and what a given-up source says then is of no use. */
function takesNoMore(): void {}

function checkChunk(chunk: unknown): string | Uint8Array {
  if (typeof chunk === 'string' || chunk instanceof Uint8Array) return chunk;
  throw invalidType('options.stdin', 'a source of strings or Uint8Arrays', chunk);
}

/** The next chunk; undefined once the child takes no more. */
function nextOrClose(
  iterator: AsyncIterator<unknown>,
  to: Writable,
): Promise<IteratorResult<unknown> | undefined> {
  if (to.destroyed) return Promise.resolve(undefined);
  return new Promise((resolve, reject) => {
    const onClose = (): void => resolve(undefined);
    to.once('close', onClose);
    iterator.next().then(
      (next) => {
        to.off('close', onClose);
        resolve(next);
      },
      (error: unknown) => {
        to.off('close', onClose);
        reject(error);
      },
    );
  });
}

function eventOrClose(to: Writable, event: 'drain' | 'finish'): Promise<void> {
  if (to.destroyed) return Promise.resolve();
  return new Promise((resolve) => {
    const onEvent = (): void => {
      to.off(event, onEvent);
      to.off('close', onEvent);
      resolve();
    };
    to.on(event, onEvent);
    to.on('close', onEvent);
  });
}

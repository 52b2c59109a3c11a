/**
 * Standard error of tasks: passed on to where it belongs, with its end kept for the error of a task
 * that came to no result.
 */
import type { Socket } from 'node:net';
import { PassThrough, type Readable } from 'node:stream';
import { StringDecoder } from 'node:string_decoder';

import type { Outlet } from '../drain.ts';

const mostBytes = 16_384;

/** The last bytes of a stream. */
export class Tail {
  #chunks: Uint8Array[] = [];
  #bytes = 0;

  readonly take = (chunk: Uint8Array): void => {
    this.#chunks.push(chunk);
    this.#bytes += chunk.length;
    // Not at each chunk: joining small ones again and again would be quadratic.
    if (this.#bytes > mostBytes * 4) this.#cut();
  };

  text(): string {
    this.#cut();
    const [bytes = new Uint8Array()] = this.#chunks;
    let from = 0;
    // A character that lost its beginning is left out.
    if (bytes.length === mostBytes) while (from < 3 && isInside(bytes[from])) from++;
    return new StringDecoder('utf8').end(Buffer.from(bytes.subarray(from)));
  }

  #cut(): void {
    const whole = Buffer.concat(this.#chunks);
    const kept = whole.length > mostBytes ? Buffer.from(whole.subarray(-mostBytes)) : whole;
    this.#chunks = [kept];
    this.#bytes = kept.length;
  }
}

/** Whether a byte is one of UTF-8 that begins no character. */
function isInside(byte: number | undefined): boolean {
  return byte !== undefined && (byte & 0xc0) === 0x80;
}

/** Those that wait for our standard error to take more. One listener for all: Node warns of many. */
const waiting = new Set<Readable>();

function onDrain(): void {
  for (const each of waiting) each.resume();
  waiting.clear();
}

const ignore = (): void => {};

/** Passes on to our own standard error what a task says on its own. */
export function relayErrors(from: Readable, tail: Tail): Outlet {
  from.on('data', (chunk: Uint8Array) => {
    tail.take(chunk);
    const { stderr } = process;
    // Nobody reads it any more: no reason for this program to fail, as with console.error().
    stderr.once('error', ignore);
    const hasRoom = stderr.write(chunk);
    stderr.off('error', ignore);
    if (hasRoom) return;
    from.pause();
    if (waiting.size === 0) stderr.once('drain', onDrain);
    waiting.add(from);
  });
  from.on('error', () => from.destroy());
  from.once('close', () => waiting.delete(from));
  return { stream: from, held: () => waiting.has(from) };
}

/** A stream for the caller to read standard error from, while its end is kept. */
export function tapErrors(from: Socket, tail: Tail): Readable {
  const tap = new PassThrough() as PassThrough & Pick<Socket, 'ref' | 'unref'>;
  from.on('data', tail.take);
  from.pipe(tap);
  from.on('error', () => tap.destroy());
  tap.once('close', () => from.destroy());
  tap.ref = (): Socket => from.ref();
  tap.unref = (): Socket => from.unref();
  return tap;
}

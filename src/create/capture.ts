/** Output that is kept: by the platform in one piece, or chunks as they come, put together at the end. */
import { StringDecoder } from 'node:string_decoder';

import type { Collected } from '../platform/platform.ts';

/** `'utf8'`: strings, U+FFFD where it is not UTF-8; `'buffer'`: the exact bytes. */
export type Encoding = 'utf8' | 'buffer';

/** What output is in an encoding. */
export type OutputOf<E extends Encoding> = E extends 'buffer' ? Buffer : string;

/** One output of a child; at most `maxBuffer` bytes are kept of it, to the byte. */
export class Capture {
  readonly chunks: Uint8Array[] = [];
  readonly #maxBuffer: number;
  #bytes = 0;
  #cut = false;
  #collected: Collected | undefined;

  constructor(maxBuffer: number) {
    this.#maxBuffer = maxBuffer;
  }

  /** Whether there was more. */
  get truncated(): boolean {
    return this.#collected?.truncated ?? this.#cut;
  }

  /** All of it is what the platform keeps. */
  leaveTo(collected: Collected): void {
    this.#collected = collected;
  }

  /** Keeps a chunk, as far as there is room; returns what was kept. */
  take(chunk: Uint8Array): Uint8Array | undefined {
    const room = Math.max(0, this.#maxBuffer - this.#bytes);
    let kept = chunk;
    if (chunk.length > room) {
      this.#cut = true;
      if (room === 0) return undefined;
      // A copy, so that the cut-off rest does not stay in memory.
      kept = new Uint8Array(chunk.subarray(0, room));
    }
    this.#bytes += kept.length;
    this.chunks.push(kept);
    return kept;
  }

  /** All of it. */
  output<E extends Encoding>(encoding: E): OutputOf<E> {
    const collected = this.#collected;
    const chunks = collected === undefined ? this.chunks : [collected.bytes()];
    return decode(chunks, encoding, this.truncated);
  }
}

/** Several outputs in the order in which they came. */
export class Interleaved {
  readonly #entries: (readonly [from: Capture, chunk: Uint8Array])[] = [];

  add(from: Capture, chunk: Uint8Array): void {
    this.#entries.push([from, chunk]);
  }

  output<E extends Encoding>(encoding: E): OutputOf<E> {
    if (encoding === 'buffer') {
      return Buffer.concat(this.#entries.map(([, chunk]) => chunk)) as OutputOf<E>;
    }
    // A character may be split over two chunks, with one of another output in between.
    const decoders = new Map<Capture, StringDecoder>();
    let text = '';
    for (const [from, chunk] of this.#entries) {
      let decoder = decoders.get(from);
      if (decoder === undefined) decoders.set(from, (decoder = new StringDecoder('utf8')));
      text += decoder.write(bufferOf(chunk));
    }
    for (const [from, decoder] of decoders) if (!from.truncated) text += decoder.end();
    return text as OutputOf<E>;
  }
}

/** Bytes as a result shows them. Text cut off in the middle of a character ends before it. */
export function decode<E extends Encoding>(
  chunks: readonly Uint8Array[],
  encoding: E,
  truncated: boolean,
): OutputOf<E> {
  if (encoding === 'utf8' && chunks.length === 0) return '' as OutputOf<E>;
  const bytes = chunks.length === 1 ? bufferOf(chunks[0] as Uint8Array) : Buffer.concat(chunks);
  if (encoding === 'buffer') return bytes as OutputOf<E>;
  if (truncated) return new StringDecoder('utf8').write(bytes) as OutputOf<E>;
  return bytes.toString('utf8') as OutputOf<E>;
}

function bufferOf(bytes: Uint8Array): Buffer {
  if (Buffer.isBuffer(bytes)) return bytes;
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
}

/** Bytes to lines. */
import type { Readable } from 'node:stream';
import { StringDecoder } from 'node:string_decoder';

/**
 * Cuts a stream of bytes into lines. A line ends with \n or \r\n, which are not part of it; the last
 * one needs no end. Characters of UTF-8 may be cut anywhere; bytes that are no UTF-8 become U+FFFD.
 */
export class LineSplitter {
  readonly #decoder = new StringDecoder('utf8');
  /** The beginning of a line whose end has not come. In pieces: joining each time would be quadratic. */
  #pieces: string[] = [];

  /** The lines that this chunk completes. */
  push(chunk: Uint8Array | string): string[] {
    const text =
      typeof chunk === 'string'
        ? chunk
        : this.#decoder.write(Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength));
    const lines: string[] = [];
    let start = 0;
    for (;;) {
      const end = text.indexOf('\n', start);
      if (end < 0) break;
      lines.push(this.#complete(text.slice(start, end)));
      start = end + 1;
    }
    if (start < text.length) this.#pieces.push(start === 0 ? text : text.slice(start));
    return lines;
  }

  /** What is left at the end of the stream: one line, or none. */
  end(): string[] {
    const rest = this.#decoder.end();
    if (rest !== '') this.#pieces.push(rest);
    if (this.#pieces.length === 0) return [];
    const last = this.#pieces.join('');
    this.#pieces = [];
    return [last];
  }

  #complete(tail: string): string {
    let line = tail;
    if (this.#pieces.length > 0) {
      this.#pieces.push(tail);
      line = this.#pieces.join('');
      this.#pieces = [];
    }
    return line.endsWith('\r') ? line.slice(0, -1) : line;
  }
}

/**
 * The lines of a stream, one by one, as they come. Who stops early closes the stream, and its writer
 * gets SIGPIPE, as with `| head -1`.
 */
export async function* linesOf(
  stream: AsyncIterable<Uint8Array | string>,
): AsyncGenerator<string, void, undefined> {
  const splitter = new LineSplitter();
  for await (const chunk of stream) yield* splitter.push(chunk);
  yield* splitter.end();
}

/** The lines of several streams, in the order in which they come; each line is whole. */
export async function* linesOfAll(
  streams: readonly Readable[],
): AsyncGenerator<string, void, undefined> {
  const arrived: Arrival[] = [];
  let wake: (() => void) | undefined;
  const arrive = (arrival: Arrival): void => {
    arrived.push(arrival);
    wake?.();
  };
  // No Promise.race(): each would leave a reaction behind on the promise of a stream that is silent.
  const ask = (source: AsyncGenerator<string>): void => {
    source.next().then(
      (result) => arrive({ source, result }),
      (error: unknown) => arrive({ source, error }),
    );
  };
  let open = streams.length;
  for (const stream of streams) ask(linesOf(stream));
  try {
    while (open > 0) {
      if (arrived.length === 0) await new Promise<void>((resolve) => (wake = resolve));
      const { source, result, error } = arrived.shift() as Arrival;
      if (result === undefined) throw error;
      if (result.done === true) {
        open--;
      } else {
        // Asked only when its line is taken, and put last: a fast stream starves no other, and
        // nothing is read that nobody wants.
        yield result.value;
        ask(source);
      }
    }
  } finally {
    if (open > 0) for (const stream of streams) stream.destroy();
  }
}

interface Arrival {
  readonly source: AsyncGenerator<string>;
  readonly result?: IteratorResult<string, void>;
  readonly error?: unknown;
}

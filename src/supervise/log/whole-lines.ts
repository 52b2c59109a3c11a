/** Bytes to whole lines, as bytes: what only passes through need not become text. */

const lineFeed = 0x0a;
const empty = Buffer.alloc(0);

/** A line that is longer is told in pieces of that size, so that no child can fill our memory. */
export const longestLine: number = 256 * 1024;

/** Cuts one stream into pieces that end with a line feed, also the last one. */
export class WholeLines {
  /** The beginning of a line whose end has not come. */
  #rest: Buffer[] = [];
  #size = 0;

  /** The lines that this chunk completes; may be empty. */
  push(chunk: Buffer): Buffer {
    const end = chunk.lastIndexOf(lineFeed) + 1;
    const parts: Buffer[] = [];
    if (end > 0) {
      parts.push(...this.#rest, chunk.subarray(0, end));
      this.#rest = [];
      this.#size = 0;
    }
    if (end < chunk.length) {
      // A copy: the chunk may be a small part of what it keeps in memory.
      const tail = end === 0 ? chunk : Buffer.from(chunk.subarray(end));
      this.#rest.push(tail);
      this.#size += tail.length;
    }
    if (this.#size >= longestLine) parts.push(this.end());
    return parts.length === 1 ? (parts[0] as Buffer) : Buffer.concat(parts);
  }

  /** What is left at the end of the stream, with the line feed that it lacks; may be empty. */
  end(): Buffer {
    if (this.#size === 0) return empty;
    const last = Buffer.concat([...this.#rest, Buffer.from('\n')]);
    this.#rest = [];
    this.#size = 0;
    return last;
  }
}

/** Calls back with each line, without its end. */
export function eachLine(bytes: Buffer, call: (line: string) => void): void {
  let start = 0;
  for (;;) {
    const end = bytes.indexOf(lineFeed, start);
    if (end < 0) return;
    const isCrLf = end > start && bytes[end - 1] === 0x0d;
    call(bytes.toString('utf8', start, isCrLf ? end - 1 : end));
    start = end + 1;
  }
}

/** Bytes of the addon, taken apart; see native/packer.h. */
import type { Piece } from '../platform.ts';

/** Each number and each piece begins at a multiple of so many bytes. */
export const wordSize = 4;

/** Reads what packer.h packs, one after the other. */
export class Unpacker {
  readonly bytes: Buffer;
  readonly #words: Int32Array;
  at = 0;

  constructor(bytes: Buffer) {
    this.bytes = bytes;
    this.#words = new Int32Array(bytes.buffer, bytes.byteOffset, bytes.length / wordSize);
  }

  number(): number {
    const number = this.#words[this.at / wordSize] as number;
    this.at += wordSize;
    return number;
  }

  /** The size of a piece, which is passed over; the errno, negative, where there is none. */
  skip(): number {
    const size = this.number();
    if (size > 0) this.at += (size + wordSize - 1) & -wordSize;
    return size;
  }

  /** The bytes of a piece, or the errno. */
  piece(): Piece {
    const start = this.at + wordSize;
    const size = this.skip();
    return size < 0 ? -size : this.bytes.subarray(start, start + size);
  }
}

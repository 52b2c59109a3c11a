/**
 * Output in one piece: every read goes to where the bytes stay. What a few reads bring lies in an
 * ordinary buffer; more goes into pages that grow without a copy (`native/growing_memory.cc`).
 */
import { constants } from 'node:buffer';

import type { NativeAddon } from '../binding.ts';
import type { Collected } from '../collected.ts';
import { translate } from '../translate.ts';

/** The most that lies in an ordinary buffer. */
const ordinary = 64 * 1024;
/** The first pages; each time they are full, there are twice as many. */
const pages = 2 * 1024 * 1024;
/** Less room than this is not worth a read of its own. */
const scant = 4 * 1024;

/** Where the pages come from. */
export type CollectionMemory = Pick<NativeAddon, 'growMemory' | 'trimMemory'>;

/** The bytes of one output, at most `maxBuffer` of them. */
export class Collection implements Collected {
  readonly #memory: CollectionMemory;
  readonly #limit: number;
  #room: Buffer;
  /** The pages under #room; undefined while that is an ordinary buffer. */
  #pages: ArrayBuffer | undefined;
  #length = 0;
  /** Takes what is beyond the limit. */
  #rest: Buffer | undefined;
  #failure: Error | undefined;
  #listener: (() => void) | undefined;
  truncated = false;

  /** `room`: where the first read goes. */
  constructor(memory: CollectionMemory, maxBuffer: number, room: Buffer) {
    this.#memory = memory;
    this.#room = room;
    this.#limit = maxBuffer;
  }

  /** Where the next read goes. */
  next(): Buffer {
    if (this.#length >= this.#limit || this.#failure !== undefined) return this.#elsewhere();
    if (this.#room.length - this.#length < scant) this.#grow();
    if (this.#failure !== undefined) return this.#elsewhere();
    return this.#room.subarray(this.#length);
  }

  /** A read has brought `length` bytes to where it was told. */
  took(length: number): void {
    const all = this.#rest === undefined ? this.#length + length : Infinity;
    if (all > this.#limit) this.truncated = true;
    if (this.#rest === undefined) this.#length = Math.min(all, this.#limit);
    this.#listener?.();
  }

  onArrival(listener: () => void): void {
    this.#listener = listener;
  }

  bytes(): Buffer {
    if (this.#failure !== undefined) throw this.#failure;
    const length = this.#length;
    if (this.#pages === undefined) {
      // A copy, where it would hold much more memory than it is long.
      if (length * 4 > this.#room.length) return this.#room.subarray(0, length);
      return Buffer.copyBytesFrom(this.#room, 0, length);
    }
    const trimmed = this.#memory.trimMemory(this.#pages, length);
    this.#pages = undefined;
    return trimmed === undefined ? Buffer.alloc(0) : Buffer.from(trimmed);
  }

  #grow(): void {
    const from = this.#room;
    if (from.length < ordinary) {
      this.#room = Buffer.allocUnsafeSlow(ordinary);
      from.copy(this.#room, 0, 0, this.#length);
      return;
    }
    try {
      if (this.#length >= constants.MAX_LENGTH) throw tooLong();
      const size = Math.min(Math.max(pages, from.length * 2), constants.MAX_LENGTH);
      const moved = this.#memory.growMemory(this.#pages, size);
      this.#room = Buffer.from(moved);
      if (this.#pages === undefined) from.copy(this.#room, 0, 0, this.#length);
      this.#pages = moved;
    } catch (error) {
      this.#failure = translate(error);
    }
  }

  #elsewhere(): Buffer {
    return (this.#rest ??= Buffer.allocUnsafeSlow(ordinary));
  }
}

function tooLong(): RangeError {
  return Object.assign(
    new RangeError(`the output is longer than a Buffer can be, ${constants.MAX_LENGTH} bytes`),
    { code: 'ERR_BUFFER_TOO_LARGE' },
  );
}

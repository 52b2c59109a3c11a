/**
 * Messages as frames on a stream of bytes:
 *
 *     magic u32 · kind u32 · attachments u32 · 0 u32 · body length f64      24 bytes
 *     length f64, for each attachment
 *     body
 *     attachments
 *
 * in the byte order of the machine: both ends are on it.
 */
import { clone, revive } from './clone.ts';

const magic = 0x62_72_64_31;
const headerBytes = 24;

/** A message ready to be sent. */
export interface Frame {
  readonly chunks: readonly Uint8Array[];
  readonly bytes: number;
}

/** A message that has arrived. */
export interface Arrived {
  readonly kind: number;
  readonly value: unknown;
  readonly bytes: number;
}

/** What the stream holds is no frame. */
export class CorruptFrame extends Error {
  override readonly name = 'CorruptFrame';
}

/** @throws DOMException DataCloneError; what a getter of the value throws. */
export function frameOf(kind: number, value: unknown): Frame {
  const { body, attachments } = clone(value, headerBytes);
  const header = new DataView(body.buffer, body.byteOffset, headerBytes);
  header.setUint32(0, magic, true);
  header.setUint32(4, kind, true);
  header.setUint32(8, attachments.length, true);
  header.setFloat64(16, body.length - headerBytes, true);
  if (attachments.length === 0) return { chunks: [body], bytes: body.length };
  const lengths = new DataView(new ArrayBuffer(attachments.length * 8));
  let bytes = body.length + lengths.byteLength;
  for (const [index, each] of attachments.entries()) {
    lengths.setFloat64(index * 8, each.byteLength, true);
    bytes += each.byteLength;
  }
  const table = new Uint8Array(lengths.buffer);
  const chunks = [body.subarray(0, headerBytes), table, body.subarray(headerBytes), ...attachments];
  return { chunks: chunks.filter(({ length }) => length > 0), bytes };
}

/** Puts frames together from chunks that may be cut anywhere. */
export class FrameReader {
  readonly #deliver: (arrived: Arrived) => void;
  /** The pieces of the frame that is being read: header, table, body, attachments. */
  #pieces: Uint8Array[] = [];
  #lengths: readonly number[] = [headerBytes];
  /** The piece that is incomplete, and how much of it is there. */
  #piece: Uint8Array | undefined;
  #filled = 0;

  constructor(deliver: (arrived: Arrived) => void) {
    this.#deliver = deliver;
  }

  /** Whether a frame has begun and not ended. */
  get isMidFrame(): boolean {
    return this.#pieces.length > 0 || this.#filled > 0;
  }

  /** @throws CorruptFrame */
  push(chunk: Uint8Array): void {
    let rest = chunk;
    while (rest.length > 0) rest = rest.subarray(this.#take(rest));
  }

  /** Takes what the current piece needs; gives how much that was. */
  #take(bytes: Uint8Array): number {
    const wanted = this.#lengths[this.#pieces.length] as number;
    if (this.#piece === undefined) {
      // What is whole in the chunk is not copied, except attachments, which outlive it.
      const outlives = this.#pieces.length > 2;
      if (bytes.length >= wanted && !outlives) {
        this.#complete(bytes.subarray(0, wanted));
        return wanted;
      }
      this.#piece = Buffer.allocUnsafeSlow(wanted);
    }
    const taken = Math.min(bytes.length, wanted - this.#filled);
    this.#piece.set(bytes.subarray(0, taken), this.#filled);
    this.#filled += taken;
    if (this.#filled === wanted) {
      const piece = this.#piece;
      this.#piece = undefined;
      this.#filled = 0;
      this.#complete(piece);
    }
    return taken;
  }

  #complete(piece: Uint8Array): void {
    this.#pieces.push(piece);
    if (this.#pieces.length === 1) this.#lengths = lengthsAfter(viewOf(piece));
    if (this.#pieces.length === 2) this.#lengths = [...this.#lengths, ...tableOf(viewOf(piece))];
    // Nothing to wait for where a piece is empty: there may be no further chunk.
    if (this.#pieces.length < this.#lengths.length) {
      if (this.#lengths[this.#pieces.length] === 0) this.#complete(new Uint8Array());
      return;
    }
    this.#finish();
  }

  #finish(): void {
    const [header, , body, ...attachments] = this.#pieces as [Uint8Array, Uint8Array, Uint8Array];
    let bytes = 0;
    for (const length of this.#lengths) bytes += length;
    this.#pieces = [];
    this.#lengths = [headerBytes];
    const kind = viewOf(header).getUint32(4, true);
    const buffers = (attachments as Uint8Array[]).map((each) => each.buffer as ArrayBuffer);
    this.#deliver({ kind, value: valueOf(body, buffers), bytes });
  }
}

function valueOf(body: Uint8Array, attachments: readonly ArrayBuffer[]): unknown {
  try {
    return revive(body, attachments);
  } catch (cause) {
    throw new CorruptFrame('it is no value', { cause });
  }
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** The lengths of header, table and body. */
function lengthsAfter(header: DataView): number[] {
  const body = header.getFloat64(16, true);
  if (header.getUint32(0, true) !== magic || !Number.isSafeInteger(body) || body < 0) {
    throw new CorruptFrame('it is no message');
  }
  return [headerBytes, header.getUint32(8, true) * 8, body];
}

function tableOf(table: DataView): number[] {
  const lengths: number[] = [];
  for (let at = 0; at < table.byteLength; at += 8) lengths.push(table.getFloat64(at, true));
  return lengths;
}

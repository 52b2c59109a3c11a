/**
 * Messages as frames on a stream of bytes:
 *
 *     magic u32 · kind u32 · attachments u32 · descriptors u32 · body length f64      24 bytes
 *     length f64, for each attachment
 *     body
 *     attachments
 *
 * in the byte order of the machine: both ends are on it. Descriptors travel with the first byte.
 */
import { closeAll, Parcel } from '../descriptor/travel.ts';
import { clone, revive, type Enclosed, type Revived } from './clone.ts';

const magic = 0x62_72_64_31;
const headerBytes = 24;
/** More than any message is: 64 GiB. Newer Nodes name no bound that memory could ever meet. */
const mostBytes = 2 ** 36;

/** A message ready to be sent. */
export interface Frame {
  readonly chunks: readonly Uint8Array[];
  readonly bytes: number;
  /** The open files that go with it: to be closed once it is sent, or will not be. */
  readonly parcel: Parcel | undefined;
}

/** A message that has arrived. */
export interface Arrived {
  readonly kind: number;
  readonly value: unknown;
  readonly bytes: number;
  /** What in the value owns an open file: to be disposed of where nobody takes the message. */
  readonly owners: readonly Disposable[];
}

/** What the stream holds is no frame. */
export class CorruptFrame extends Error {
  override readonly name = 'CorruptFrame';
}

/**
 * A message of which parts may be open files, see descriptor/travel.ts.
 *
 * @throws as {@link frameOf}; RangeError for too many of them.
 */
export function travellingFrameOf(kind: number, value: unknown): Frame {
  const parcel = new Parcel();
  try {
    return make(kind, value, parcel);
  } catch (error) {
    parcel.close();
    throw error;
  }
}

/** @throws DOMException DataCloneError; what a getter of the value throws. */
export function frameOf(kind: number, value: unknown): Frame {
  return make(kind, value, undefined);
}

function make(kind: number, value: unknown, enclosed: Parcel | undefined): Frame {
  const { body, attachments } = clone(value, headerBytes, enclosed);
  const descriptors = enclosed?.descriptors.length ?? 0;
  const parcel = descriptors === 0 ? undefined : enclosed;
  const header = new DataView(body.buffer, body.byteOffset, headerBytes);
  header.setUint32(0, magic, true);
  header.setUint32(4, kind, true);
  header.setUint32(8, attachments.length, true);
  header.setUint32(12, descriptors, true);
  header.setFloat64(16, body.length - headerBytes, true);
  if (attachments.length === 0) return { chunks: [body], bytes: body.length, parcel };
  const lengths = new DataView(new ArrayBuffer(attachments.length * 8));
  let bytes = body.length + lengths.byteLength;
  for (const [index, each] of attachments.entries()) {
    lengths.setFloat64(index * 8, each.byteLength, true);
    bytes += each.byteLength;
  }
  const table = new Uint8Array(lengths.buffer);
  const chunks = [body.subarray(0, headerBytes), table, body.subarray(headerBytes), ...attachments];
  return { chunks: chunks.filter(({ length }) => length > 0), bytes, parcel };
}

/**
 * A message with open files. It is opened by who takes it: a process that is just starting may not have
 * loaded yet what some of its parts are.
 */
class Enveloped implements Arrived {
  readonly kind: number;
  readonly bytes: number;
  readonly owners: readonly Disposable[] = [this];
  readonly #body: Uint8Array;
  readonly #enclosed: Enclosed;
  #revived: Revived | undefined;

  constructor(from: { kind: number; bytes: number; body: Uint8Array; enclosed: Enclosed }) {
    this.kind = from.kind;
    this.bytes = from.bytes;
    this.#body = from.body;
    this.#enclosed = from.enclosed;
  }

  /** @throws TypeError for a part that nothing here knows. */
  get value(): unknown {
    if (this.#revived !== undefined) return this.#revived.value;
    // Should it fail, its descriptors are closed.
    this.#revived = { value: undefined, owners: [] };
    this.#revived = revive(this.#body, this.#enclosed);
    return this.#revived.value;
  }

  [Symbol.dispose](): void {
    if (this.#revived === undefined) closeAll(this.#enclosed.descriptors);
    else for (const owner of this.#revived.owners) owner[Symbol.dispose]();
  }
}

/** Puts frames together from chunks that may be cut anywhere. */
export class FrameReader {
  readonly #deliver: (arrived: Arrived) => void;
  readonly #descriptors: (count: number) => number[] | undefined;
  /** The pieces of the frame that is being read: header, table, body, attachments. */
  #pieces: Uint8Array[] = [];
  #lengths: readonly number[] = [headerBytes];
  /** The piece that is incomplete, and how much of it is there. */
  #piece: Uint8Array | undefined;
  #filled = 0;

  /** `descriptors` gives those that have come with the bytes, which it had before. */
  constructor(
    deliver: (arrived: Arrived) => void,
    descriptors: (count: number) => number[] | undefined,
  ) {
    this.#deliver = deliver;
    this.#descriptors = descriptors;
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
      this.#piece = roomFor(wanted);
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
    const view = viewOf(header);
    const descriptors = this.#descriptors(view.getUint32(12, true));
    if (descriptors === undefined) throw new CorruptFrame('its descriptors are missing');
    const enclosed = {
      attachments: (attachments as Uint8Array[]).map((each) => each.buffer as ArrayBuffer),
      descriptors,
    };
    const kind = view.getUint32(4, true);
    if (descriptors.length > 0) this.#deliver(new Enveloped({ kind, bytes, body, enclosed }));
    else this.#deliver({ kind, bytes, value: valueOf(body, enclosed), owners: [] });
  }
}

function valueOf(body: Uint8Array, enclosed: Enclosed): unknown {
  try {
    return revive(body, enclosed).value;
  } catch (cause) {
    throw new CorruptFrame('it is no value', { cause });
  }
}

function roomFor(bytes: number): Uint8Array {
  try {
    return Buffer.allocUnsafeSlow(bytes);
  } catch (cause) {
    throw new CorruptFrame('there is no memory for it', { cause });
  }
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** The lengths of header, table and body. */
function lengthsAfter(header: DataView): number[] {
  const body = header.getFloat64(16, true);
  if (header.getUint32(0, true) !== magic) throw new CorruptFrame('it is no message');
  return [headerBytes, checkLength(header.getUint32(8, true) * 8), checkLength(body)];
}

function tableOf(table: DataView): number[] {
  const lengths: number[] = [];
  for (let at = 0; at < table.byteLength; at += 8) {
    lengths.push(checkLength(table.getFloat64(at, true)));
  }
  return lengths;
}

/** What came from elsewhere must not make us ask for memory that there cannot be. */
function checkLength(length: number): number {
  if (Number.isSafeInteger(length) && length >= 0 && length <= mostBytes) return length;
  throw new CorruptFrame('it has no length that could be');
}

/**
 * Structured clone into bytes and back. Large typed arrays and buffers are not copied into the bytes:
 * they travel beside them as attachments, and arrive in memory of their own.
 */
import { Deserializer, Serializer } from 'node:v8';

import { closeAll, packingInto, travelKey, unpacked, type Parcel } from '../descriptor/travel.ts';
import { putInPlace } from './put-in-place.ts';

/** A value as bytes; `attachments` are memory of the value itself, still shared with it. */
export interface Cloned {
  /** Begins with as many free bytes as were asked for. */
  readonly body: Buffer;
  readonly attachments: readonly Uint8Array[];
}

/** From this size on a copy costs more than a further piece of the message. */
const attachedFrom = 32_768;

type View = ArrayBufferView;
type ViewMaker = new (buffer: ArrayBuffer, byteOffset: number, length: number) => View;

/** The kinds of views by the number that stands for them; at the end what only newer V8s have. */
const viewNames = [
  'Buffer',
  'DataView',
  'Int8Array',
  'Uint8Array',
  'Uint8ClampedArray',
  'Int16Array',
  'Uint16Array',
  'Int32Array',
  'Uint32Array',
  'Float32Array',
  'Float64Array',
  'BigInt64Array',
  'BigUint64Array',
  'Float16Array',
];

/** The kind of what is no view, but an object that stands for an open file. */
const traveller = 100;

const inline = 0;
const attached = 1;

// oxlint-disable-next-line typescript/unbound-method -- called with the view it is asked of
const tagOf = Object.getOwnPropertyDescriptor(
  Object.getPrototypeOf(Uint8Array.prototype) as object,
  Symbol.toStringTag,
)?.get as (this: unknown) => string | undefined;

function kindOf(view: View): number {
  if (Buffer.isBuffer(view)) return 0;
  return viewNames.indexOf(tagOf.call(view) ?? 'DataView');
}

/** The error of structuredClone() for what cannot be cloned. */
function unclonable(message: string): DOMException {
  return new DOMException(message, 'DataCloneError');
}

function shared(): DOMException {
  return unclonable('#<SharedArrayBuffer> could not be cloned: another process cannot share it.');
}

/** What V8 asks of the one who serializes; not in the types of Node. */
class CloneSerializer extends Serializer {
  readonly attachments: Uint8Array[] = [];
  readonly #parcel: Parcel | undefined;

  constructor(parcel: Parcel | undefined) {
    super();
    this.#parcel = parcel;
    (this as unknown as { _setTreatArrayBufferViewsAsHostObjects(on: boolean): void })[
      '_setTreatArrayBufferViewsAsHostObjects'
    ](true);
  }

  /** An ArrayBuffer that the value has at its top is not copied either. */
  attach(buffer: ArrayBuffer): void {
    if (buffer.byteLength < attachedFrom) return;
    this.transferArrayBuffer(this.attachments.length, buffer);
    this.attachments.push(new Uint8Array(buffer));
  }

  _writeHostObject(view: unknown): void {
    if (!ArrayBuffer.isView(view)) {
      const name = (view as object | undefined)?.constructor?.name ?? 'Object';
      throw unclonable(`#<${name}> could not be cloned.`);
    }
    if (view.byteLength === 0 && this.#writeTraveller(view)) return;
    if (view.buffer instanceof SharedArrayBuffer) throw shared();
    const bytes = new Uint8Array(view.buffer, view.byteOffset, view.byteLength);
    this.writeUint32(kindOf(view));
    if (bytes.byteLength >= attachedFrom) {
      this.writeUint32(attached);
      this.writeUint32(this.attachments.push(bytes) - 1);
      return;
    }
    this.writeUint32(inline);
    this.writeUint32(bytes.byteLength);
    this.writeRawBytes(bytes);
  }

  #writeTraveller(view: View): boolean {
    const number = this.#parcel?.numberOf(view) ?? -1;
    if (number === -1) return false;
    const name = Buffer.from(this.#parcel?.names[number] as string);
    this.writeUint32(traveller);
    this.writeUint32(number);
    this.writeUint32(name.length);
    this.writeRawBytes(name);
    return true;
  }

  _getDataCloneError(message: string): Error {
    return unclonable(message);
  }

  _getSharedArrayBufferId(): never {
    throw shared();
  }
}

class CloneDeserializer extends Deserializer {
  readonly #attachments: readonly ArrayBuffer[];
  readonly #travelled: Travelled;

  constructor(body: Uint8Array, attachments: readonly ArrayBuffer[], travelled: Travelled) {
    super(body);
    this.#attachments = attachments;
    this.#travelled = travelled;
    for (const [id, buffer] of attachments.entries()) this.transferArrayBuffer(id, buffer);
  }

  _readHostObject(): object {
    const kind = this.readUint32();
    if (kind === traveller) return this.#readTraveller();
    const isAttached = this.readUint32() === attached;
    const number = this.readUint32();
    if (isAttached) return viewOver(kind, this.#attachments[number] as ArrayBuffer);
    const bytes = this.readRawBytes(number);
    if (kind === 0) return Buffer.from(bytes);
    // In memory of its own: the message's would stay as long as the view does.
    return viewOver(kind, new Uint8Array(bytes).buffer);
  }

  #readTraveller(): object {
    const number = this.readUint32();
    const name = String(this.readRawBytes(this.readUint32()));
    return this.#travelled.take(number, name);
  }
}

function viewOver(kind: number, buffer: ArrayBuffer): View {
  if (kind === 0) return Buffer.from(buffer);
  const name = viewNames[kind] as string;
  const Maker = (
    globalThis as unknown as Record<string, ViewMaker & { BYTES_PER_ELEMENT?: number }>
  )[name] as ViewMaker & { BYTES_PER_ELEMENT?: number };
  return new Maker(buffer, 0, buffer.byteLength / (Maker.BYTES_PER_ELEMENT ?? 1));
}

/** The ArrayBuffers that are easily found: the value itself, or what a list or object has in it. */
function* topBuffers(value: unknown): Generator<ArrayBuffer> {
  if (value instanceof ArrayBuffer) yield value;
  else if (Array.isArray(value)) for (const each of value) yield* topBuffersOf(each);
}

function* topBuffersOf(value: unknown): Generator<ArrayBuffer> {
  if (value instanceof ArrayBuffer) yield value;
}

/** The descriptors of a message that has arrived, and what becomes of them. */
class Travelled {
  readonly objects: (object & Disposable)[] = [];
  readonly #descriptors: (number | undefined)[];

  constructor(descriptors: readonly number[]) {
    this.#descriptors = [...descriptors];
  }

  take(number: number, name: string): object {
    const descriptor = this.#descriptors[number];
    if (descriptor === undefined) throw new RangeError('a descriptor is missing');
    this.#descriptors[number] = undefined;
    const object = unpacked(name, descriptor);
    this.objects.push(object);
    return object;
  }

  /** Those that nothing in the message stands for. */
  get left(): number[] {
    return this.#descriptors.filter((each) => each !== undefined);
  }
}

/**
 * A value as bytes, with `reserved` free ones at the beginning. The attachments are the memory of the
 * value itself: who changes it before it is sent changes what is sent. Objects that stand for open files
 * go into the parcel, which is to be closed also when this throws; without one they cannot be cloned.
 *
 * @throws DOMException DataCloneError; what a getter of the value throws.
 */
export function clone(value: unknown, reserved: number, parcel?: Parcel): Cloned {
  const serializer = new CloneSerializer(parcel);
  for (const buffer of new Set(topBuffers(value))) serializer.attach(buffer);
  if (reserved > 0) serializer.writeRawBytes(Buffer.alloc(reserved));
  serializer.writeHeader();
  packingInto(parcel, () => serializer.writeValue(value));
  parcel?.check();
  return { body: serializer.releaseBuffer(), attachments: serializer.attachments };
}

/** What came with a message, besides its bytes. */
export interface Enclosed {
  readonly attachments: readonly ArrayBuffer[];
  /** Owned from now on. */
  readonly descriptors: readonly number[];
}

/** A value, and the objects in it that own an open file. */
export interface Revived {
  readonly value: unknown;
  readonly owners: readonly Disposable[];
}

/** The value that {@link clone} made bytes of; `body` without what was reserved. */
export function revive(body: Uint8Array, { attachments, descriptors }: Enclosed): Revived {
  const travelled = new Travelled(descriptors);
  try {
    const deserializer = new CloneDeserializer(body, attachments, travelled);
    deserializer.readHeader();
    const value: unknown = deserializer.readValue();
    if (descriptors.length === 0) return { value, owners: [] };
    closeAll(travelled.left);
    const { objects } = travelled;
    return { value: putInPlace(value, travelKey, new Set<unknown>(objects)), owners: objects };
  } catch (error) {
    closeAll(travelled.left);
    for (const object of travelled.objects) object[Symbol.dispose]();
    throw error;
  }
}

/**
 * Structured clone into bytes and back. Large typed arrays and buffers are not copied into the bytes:
 * they travel beside them as attachments, and arrive in memory of their own.
 */
import { Deserializer, Serializer } from 'node:v8';

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

  constructor() {
    super();
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

  _getDataCloneError(message: string): Error {
    return unclonable(message);
  }

  _getSharedArrayBufferId(): never {
    throw shared();
  }
}

class CloneDeserializer extends Deserializer {
  readonly #attachments: readonly ArrayBuffer[];

  constructor(body: Uint8Array, attachments: readonly ArrayBuffer[]) {
    super(body);
    this.#attachments = attachments;
    for (const [id, buffer] of attachments.entries()) this.transferArrayBuffer(id, buffer);
  }

  _readHostObject(): View {
    const kind = this.readUint32();
    const isAttached = this.readUint32() === attached;
    const number = this.readUint32();
    if (isAttached) return viewOver(kind, this.#attachments[number] as ArrayBuffer);
    const bytes = this.readRawBytes(number);
    if (kind === 0) return Buffer.from(bytes);
    // In memory of its own: the message's would stay as long as the view does.
    return viewOver(kind, new Uint8Array(bytes).buffer);
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

/**
 * A value as bytes, with `reserved` free ones at the beginning. The attachments are the memory of the
 * value itself: who changes it before it is sent changes what is sent.
 *
 * @throws DOMException DataCloneError; what a getter of the value throws.
 */
export function clone(value: unknown, reserved: number): Cloned {
  const serializer = new CloneSerializer();
  for (const buffer of new Set(topBuffers(value))) serializer.attach(buffer);
  if (reserved > 0) serializer.writeRawBytes(Buffer.alloc(reserved));
  serializer.writeHeader();
  serializer.writeValue(value);
  return { body: serializer.releaseBuffer(), attachments: serializer.attachments };
}

/** The value that {@link clone} made bytes of; `body` without what was reserved. */
export function revive(body: Uint8Array, attachments: readonly ArrayBuffer[]): unknown {
  const deserializer = new CloneDeserializer(body, attachments);
  deserializer.readHeader();
  return deserializer.readValue();
}

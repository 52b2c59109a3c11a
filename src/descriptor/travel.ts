/**
 * Objects that stand for open files, as parts of a message to another process. V8 clones any object by
 * reading its own properties, so each such object has one that tells the message about it while it is
 * read. No other reader learns anything from it.
 */
import { outOfRange } from '../errors.ts';
import { platform } from '../platform/select.ts';

/** How the objects of a class travel. Each is one descriptor. */
export interface TravelKind<T extends object = object> {
  /** The name of the class: the same on both sides. */
  readonly name: string;
  /** A descriptor of its own for the message. Throws where it is closed. */
  readonly pack: (object: T) => number;
  /** The object of a descriptor that has arrived, and is owned from now on. */
  readonly unpack: (descriptor: number) => T & Disposable;
}

/** The most descriptors that one message carries (SCM_MAX_FD of the kernel). */
const mostDescriptors = 253;

const kinds = new Map<string, TravelKind>();

/** The name of the property. */
export const travelKey = 'brood:travels';

/** Open files on their way: they are the message's, and closed with it. */
export class Parcel {
  readonly descriptors: number[] = [];
  /** The names of their kinds. */
  readonly names: string[] = [];
  /** What stands for each in the message, as something that V8 asks us about. */
  readonly #stubs: Uint8Array[] = [];

  /** Adds an object; returns what stands for it. */
  add<T extends object>(kind: TravelKind<T>, object: T): Uint8Array {
    this.descriptors.push(kind.pack(object));
    this.names.push(kind.name);
    const stub = new Uint8Array();
    this.#stubs.push(stub);
    return stub;
  }

  /** The number of what a view stands for; -1: it is one of the caller's. */
  numberOf(view: unknown): number {
    return this.#stubs.indexOf(view as Uint8Array);
  }

  /** @throws RangeError when they are more than one message can carry. */
  check(): void {
    const count = this.descriptors.length;
    if (count > mostDescriptors) {
      throw outOfRange('descriptors in a message', `at most ${mostDescriptors}`, count);
    }
  }

  close(): void {
    closeAll(this.descriptors.splice(0));
  }
}

/** Closes descriptors that nobody owns. */
export function closeAll(descriptors: readonly number[]): void {
  for (const fd of descriptors) platform().descriptors.close(fd);
}

/** The message that is being cloned; 'refused' where none of its parts may travel. */
let packing: Parcel | 'refused' | undefined;

/** Clones a message whose travelling parts go into the parcel. */
export function packingInto<R>(parcel: Parcel | undefined, cloneIt: () => R): R {
  const before = packing;
  packing = parcel ?? 'refused';
  try {
    return cloneIt();
  } finally {
    packing = before;
  }
}

/** Says how the objects of a class travel, and makes one of them do so: for its constructor. */
export function travelsAs<T extends object>(kind: TravelKind<T>): (object: T) => void {
  kinds.set(kind.name, kind as unknown as TravelKind);
  const property = {
    enumerable: true,
    get(this: T): Uint8Array | undefined {
      if (packing === undefined) return undefined;
      if (packing !== 'refused') return packing.add(kind, this);
      throw new DOMException(
        `#<${kind.name}> could not be cloned: it travels in messages of a Channel only.`,
        'DataCloneError',
      );
    },
  };
  return (object) => void Object.defineProperty(object, travelKey, property);
}

/** The object of a descriptor that has arrived, which is owned by it; throws for an unknown kind. */
export function unpacked(name: string, descriptor: number): object & Disposable {
  const kind = kinds.get(name);
  if (kind === undefined) {
    throw new TypeError(`a ${name} has come, and nothing here knows what that is`);
  }
  return kind.unpack(descriptor);
}

/** One number between processes. */
import { invalidType, invalidValue, outOfRange } from '../errors.ts';
import { SharedMemory } from './shared-memory.ts';

/** What a value can be, by the name of its kind. */
export interface ValueTypes {
  int8: number;
  uint8: number;
  int16: number;
  uint16: number;
  int32: number;
  uint32: number;
  float64: number;
  bigint64: bigint;
  biguint64: bigint;
}

export type ValueType = keyof ValueTypes;

type IntegerArray =
  | Int8Array
  | Uint8Array
  | Int16Array
  | Uint16Array
  | Int32Array
  | Uint32Array
  | BigInt64Array
  | BigUint64Array;

const arrays = {
  int8: Int8Array,
  uint8: Uint8Array,
  int16: Int16Array,
  uint16: Uint16Array,
  int32: Int32Array,
  uint32: Uint32Array,
  // Atomics know integers only: the bits of the number, as one.
  float64: BigInt64Array,
  bigint64: BigInt64Array,
  biguint64: BigUint64Array,
} as const;

const scratch = new Float64Array(1);
const scratchBits = new BigInt64Array(scratch.buffer);

/**
 * One number that processes share. Each read, write and change is whole and ordered, without a lock, so
 * nobody's death leaves anything half done.
 *
 * Source: Python's multiprocessing.Value; Atomics.
 *
 * @example
 * ```ts
 * import { Value } from 'brood/shared';
 * const count = new Value('int32', 40);
 * console.log(count.add(2), count.value); // 40 42
 * const mean = new Value('float64');
 * mean.update((old) => old + 0.5);
 * console.log(mean.value); // 0.5
 * ```
 */
export class Value<K extends ValueType> {
  /** How much memory any of them takes. */
  static readonly bytes = 8;

  readonly memory: SharedMemory;
  readonly offset: number;
  readonly type: K;
  readonly #array: IntegerArray;

  /** A new one in memory of its own, `initial` or 0. */
  constructor(type: K, initial?: ValueTypes[K], place?: { memory: SharedMemory; offset: number }) {
    if (typeof type !== 'string' || !Object.hasOwn(arrays, type)) {
      throw invalidValue('type', type, `must be one of ${Object.keys(arrays).join(', ')}`);
    }
    if (place !== undefined) checkPlace(place);
    this.memory = place?.memory ?? new SharedMemory(Value.bytes);
    this.offset = place?.offset ?? 0;
    this.type = type;
    this.#array = new arrays[type](this.memory.buffer, this.offset, 1);
    if (initial !== undefined) this.value = initial;
  }

  /** The value at that offset (a multiple of 8) of memory, as it is; zero in new memory. */
  static at<K extends ValueType>(memory: SharedMemory, offset: number, type: K): Value<K> {
    return new Value(type, undefined, { memory, offset });
  }

  get value(): ValueTypes[K] {
    return this.#from(Atomics.load(this.#open() as BigInt64Array, 0));
  }

  set value(value: ValueTypes[K]) {
    Atomics.store(this.#open() as BigInt64Array, 0, this.#to(value));
  }

  /** Adds, all at once; returns what it was before. Integers go round at the end of their range. */
  add(amount: ValueTypes[K]): ValueTypes[K] {
    if (this.type === 'float64') {
      return this.update((old) => ((old as number) + (amount as number)) as ValueTypes[K]);
    }
    return this.#from(Atomics.add(this.#open() as BigInt64Array, 0, this.#to(amount)));
  }

  /** Sets it to `next` if it is `expected`, all at once; returns what it was. */
  compareExchange(expected: ValueTypes[K], next: ValueTypes[K]): ValueTypes[K] {
    const array = this.#open() as BigInt64Array;
    return this.#from(Atomics.compareExchange(array, 0, this.#to(expected), this.#to(next)));
  }

  /**
   * Sets it to what `change` makes of it; returns what it was before. `change` is called again if
   * somebody else was quicker.
   */
  update(change: (old: ValueTypes[K]) => ValueTypes[K]): ValueTypes[K] {
    if (typeof change !== 'function') throw invalidType('change', 'a function', change);
    const array = this.#open() as BigInt64Array;
    for (;;) {
      const before = Atomics.load(array, 0);
      const old = this.#from(before);
      if (Atomics.compareExchange(array, 0, before, this.#to(change(old))) === before) return old;
    }
  }

  #open(): IntegerArray {
    if (this.#array.length === 1) return this.#array;
    throw invalidValue('memory', this.memory, 'must not be closed');
  }

  /** What Atomics takes; a bigint in the types, though it may be a number. */
  #to(value: unknown): bigint {
    const wanted = this.type.startsWith('big') ? 'bigint' : 'number';
    // oxlint-disable-next-line valid-typeof -- one of two names that it knows
    if (typeof value !== wanted) throw invalidType('value', `a ${wanted}`, value);
    if (this.type !== 'float64') return value as bigint;
    scratch[0] = value as number;
    return scratchBits[0] as bigint;
  }

  #from(raw: number | bigint): ValueTypes[K] {
    if (this.type !== 'float64') return raw as ValueTypes[K];
    scratchBits[0] = raw as bigint;
    return scratch[0] as ValueTypes[K];
  }
}

function checkPlace({ memory, offset }: { memory: unknown; offset: unknown }): void {
  if (!(memory instanceof SharedMemory)) throw invalidType('memory', 'a SharedMemory', memory);
  if (typeof offset !== 'number') throw invalidType('offset', 'a number', offset);
  const most = memory.byteLength - Value.bytes;
  if (!Number.isInteger(offset) || offset < 0 || offset % 8 !== 0 || offset > most) {
    throw outOfRange('offset', `a multiple of 8 from 0 to ${most}`, offset);
  }
}

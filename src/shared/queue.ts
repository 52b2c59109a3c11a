/** A queue between processes. */
import { deserialize, serialize } from 'node:v8';

import { invalidType, invalidValue, outOfRange } from '../errors.ts';
import {
  asItIs,
  recordBytes,
  type RecordAnswer,
  type RecordPlan,
} from '../platform/shared-records.ts';
import { checkBound, type Bound, type WaitOptions } from '../process/time.ts';
import { QueueEmptyError, QueueFullError } from './errors.ts';
import { Line } from './line.ts';
import { planOf, SharedRecord } from './record.ts';
import type { SharedMemory } from './shared-memory.ts';

const usualBytes = 1024 * 1024;
const mostBytes = 0x7fff_fff8;
const mostItems = asItIs - 1;

/** How a queue is made. */
export interface QueueOptions {
  /** For all items that are in it, as clones, each 8 bytes longer: from 64; 1 MiB if not given. */
  readonly bytes?: number | undefined;
  /** How many items it takes; without it, as many as there is room for. */
  readonly maxItems?: number | undefined;
}

interface QueuePlace {
  readonly memory: SharedMemory;
  readonly offset: number;
  readonly isThere: boolean;
}

/**
 * A queue of values for any number of writers and readers: each item goes to one reader, in the order
 * in which they were put, as a structured clone (v8.serialize). What waits is served in the order of
 * arrival. An item is there at once for all, and as a whole or not at all: a writer that dies in the
 * middle leaves nothing, and is counted by {@link torn}. An item that was taken is gone, also if its
 * reader then dies.
 *
 * Source: mq_overview(7), Python's multiprocessing.Queue.
 *
 * @example
 * ```ts
 * import { Queue } from 'brood/shared';
 * const queue = new Queue<{ egg: number }>({ bytes: 4096, maxItems: 10 });
 * await queue.put({ egg: 1 });
 * console.log(await queue.get({ timeout: 1000 }), queue.size); // { egg: 1 } 0
 * ```
 */
export class Queue<T = unknown> {
  readonly #record: SharedRecord;
  readonly #writers = new Line();
  readonly #readers = new Line();

  /** A new one in memory of its own. */
  constructor(options: QueueOptions = {}, place?: QueuePlace) {
    const plan = queuePlan(options);
    this.#record = new SharedRecord(
      place?.isThere === true ? { ...plan, bytes: 0, total: asItIs } : plan,
      place?.memory,
      place?.offset ?? 0,
    );
  }

  /** How much memory one with these options takes. */
  static bytesFor(options: QueueOptions = {}): number {
    return recordBytes(queuePlan(options));
  }

  /**
   * The queue at that offset (a multiple of 8). With `options` it is made where memory is zero, and must
   * be the same where it is not; without, it must be there.
   */
  static at<T = unknown>(memory: SharedMemory, offset = 0, options?: QueueOptions): Queue<T> {
    return new Queue<T>(options, { memory, offset, isThere: options === undefined });
  }

  get memory(): SharedMemory {
    return this.#record.memory;
  }

  get offset(): number {
    return this.#record.offset;
  }

  /** How many items are in it at this moment. */
  get size(): number {
    return this.#record.ask({ operation: 'look' }).value;
  }

  /** How many writers have died in the middle of an item, which was then dropped. */
  get torn(): number {
    return this.#record.ask({ operation: 'look' }).died;
  }

  /**
   * Puts a clone of the value at the end; waits while there is no room.
   *
   * @throws QueueFullError after the bound; RangeError for what has no room in an empty queue; a
   * DataCloneError.
   */
  async put(value: T, options?: WaitOptions): Promise<void> {
    const bound = checkBound(options, 'options');
    const data = cloned(value);
    if (!(await this.#writers.enter(bound))) throw new QueueFullError(bound?.signal?.reason);
    try {
      this.#written(await this.#record.askLater({ operation: 'put', data }, bound), data, bound);
    } finally {
      this.#writers.leave();
    }
  }

  /** The same, blocking this thread. */
  putSync(value: T, options?: WaitOptions): void {
    const bound = checkBound(options, 'options');
    const data = cloned(value);
    this.#written(this.#record.askSync({ operation: 'put', data }, bound), data, bound);
  }

  /**
   * Takes the first item; waits while there is none.
   *
   * @throws QueueEmptyError after the bound.
   */
  async get(options?: WaitOptions): Promise<T> {
    const bound = checkBound(options, 'options');
    if (!(await this.#readers.enter(bound))) throw new QueueEmptyError(bound?.signal?.reason);
    try {
      return this.#read(await this.#record.askLater({ operation: 'take' }, bound), bound);
    } finally {
      this.#readers.leave();
    }
  }

  /** The same, blocking this thread. `{ timeout: 0 }` only looks. */
  getSync(options?: WaitOptions): T {
    const bound = checkBound(options, 'options');
    return this.#read(this.#record.askSync({ operation: 'take' }, bound), bound);
  }

  #written({ outcome }: RecordAnswer, data: Buffer, bound: Bound | undefined): void {
    if (outcome === 'done') return;
    if (outcome === 'tooBig') {
      throw outOfRange(
        'value',
        'no larger than the whole queue, as a clone',
        `${data.length} bytes`,
      );
    }
    throw new QueueFullError(bound?.signal?.reason);
  }

  #read({ data }: RecordAnswer, bound: Bound | undefined): T {
    if (data === undefined) throw new QueueEmptyError(bound?.signal?.reason);
    return deserialize(data) as T;
  }
}

/** The bytes of a clone; what has none is a DataCloneError, as of structuredClone(). */
function cloned(value: unknown): Buffer {
  try {
    return serialize(value);
  } catch (error) {
    throw new DOMException((error as Error).message, 'DataCloneError');
  }
}

function queuePlan(options: unknown): RecordPlan {
  if (typeof options !== 'object' || options === null) {
    throw invalidType('options', 'an object', options);
  }
  const { bytes = usualBytes, maxItems = mostItems } = options as QueueOptions;
  if (typeof bytes !== 'number') throw invalidType('options.bytes', 'a number', bytes);
  if (!Number.isInteger(bytes) || bytes < 64 || bytes > mostBytes) {
    throw outOfRange('options.bytes', `an integer from 64 to ${mostBytes}`, bytes);
  }
  if (bytes % 8 !== 0) throw invalidValue('options.bytes', bytes, 'must be a multiple of 8');
  if (typeof maxItems !== 'number') throw invalidType('options.maxItems', 'a number', maxItems);
  if (!Number.isInteger(maxItems) || maxItems < 1 || maxItems > mostItems) {
    throw outOfRange('options.maxItems', 'an integer, 1 or more', maxItems);
  }
  return planOf({ kind: 'queue', total: maxItems, bytes });
}

import type { LogEvent, SupervisorEvent, SupervisorEventType } from './events.ts';
import { Fifo } from './fifo.ts';
import { gate, type Gate } from './gate.ts';
/** Events to all who listen, each in a queue of its own. */
import type { Batch, LogSink } from './log/batch.ts';

/** So many bytes of lines may wait for one listener; then children wait in their writes. */
const mostBytes = 256 * 1024;
/** So many other events may wait; of a listener that does not listen the oldest are dropped. */
const mostEvents = 10_000;

/** One who listens. */
export class EventStream implements AsyncIterableIterator<SupervisorEvent, undefined> {
  readonly #types: ReadonlySet<SupervisorEventType>;
  readonly #ended: (stream: EventStream) => void;
  readonly #queue = new Fifo<SupervisorEvent>();
  readonly #waiters: ((result: IteratorResult<SupervisorEvent, undefined>) => void)[] = [];
  #bytes = 0;
  /** How many in the queue are no lines. */
  #others = 0;
  #room: Gate | undefined;
  #isOver = false;

  /** `ended` is called when nobody listens any more. */
  constructor(types: ReadonlySet<SupervisorEventType>, ended: (stream: EventStream) => void) {
    this.#types = types;
    this.#ended = ended;
  }

  /** Whether it wants events of that type. */
  wants(type: SupervisorEventType): boolean {
    return this.#types.has(type) && !this.#isOver;
  }

  /** Puts an event in the queue, if it is wanted. */
  push(event: SupervisorEvent): void {
    if (!this.wants(event.type)) return;
    const waiter = this.#waiters.shift();
    if (waiter !== undefined) {
      waiter({ value: event, done: false });
      return;
    }
    this.#queue.push(event);
    if (event.type === 'log') {
      this.#bytes += sizeOf(event);
      return;
    }
    this.#others++;
    if (this.#others > mostEvents) this.#forgetOldest();
  }

  /** A promise: it has enough lines for now. */
  get full(): Promise<void> | undefined {
    if (this.#bytes < mostBytes || this.#isOver) return undefined;
    this.#room ??= gate();
    return this.#room.promise;
  }

  next(): Promise<IteratorResult<SupervisorEvent, undefined>> {
    const event = this.#queue.shift();
    if (event !== undefined) {
      if (event.type === 'log') this.#bytes -= sizeOf(event);
      else this.#others--;
      if (this.#bytes < mostBytes / 2) this.makeRoom();
      return Promise.resolve({ value: event, done: false });
    }
    if (this.#isOver) return Promise.resolve({ value: undefined, done: true });
    return new Promise((resolve) => this.#waiters.push(resolve));
  }

  return(): Promise<IteratorResult<SupervisorEvent, undefined>> {
    this.#queue.clear();
    this.end();
    return Promise.resolve({ value: undefined, done: true });
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  /** Nothing more comes; what is in the queue can still be had. */
  end(): void {
    this.#isOver = true;
    this.makeRoom();
    for (const waiter of this.#waiters.splice(0)) waiter({ value: undefined, done: true });
    this.#ended(this);
  }

  /** Lets go on who waits for it. */
  makeRoom(): void {
    this.#room?.resolve();
    this.#room = undefined;
  }

  #forgetOldest(): void {
    this.#queue.drop(({ type }) => type !== 'log');
    this.#others--;
  }
}

function sizeOf({ line }: LogEvent): number {
  return line.length + 100;
}

/** All who listen to one supervisor. */
export class EventStreams {
  readonly #streams = new Set<EventStream>();
  #neverFull = false;

  /** A new listener, who hears what comes from now on. */
  open(types: ReadonlySet<SupervisorEventType>, signal: AbortSignal | undefined): EventStream {
    const end = (): void => stream.end();
    const stream = new EventStream(types, () => {
      this.#streams.delete(stream);
      signal?.removeEventListener('abort', end);
    });
    this.#streams.add(stream);
    signal?.addEventListener('abort', end, { once: true });
    if (signal?.aborted === true) stream.end();
    return stream;
  }

  /** Tells all. */
  tell(event: SupervisorEvent): void {
    for (const stream of this.#streams) stream.push(event);
  }

  /** A promise: one of them has enough lines for now. */
  get full(): Promise<void> | undefined {
    if (this.#neverFull) return undefined;
    const full: Promise<void>[] = [];
    for (const stream of this.#streams) {
      const wait = stream.full;
      if (wait !== undefined) full.push(wait);
    }
    return full.length === 0 ? undefined : Promise.all(full).then(() => undefined);
  }

  /** Whether anybody wants events of that type. */
  wants(type: SupervisorEventType): boolean {
    return [...this.#streams].some((stream) => stream.wants(type));
  }

  /** Nobody is waited for any more: who stops in the midst of listening must not wait for himself. */
  hurry(): void {
    this.#neverFull = true;
    for (const stream of this.#streams) stream.makeRoom();
  }

  /** The last event was told. */
  end(): void {
    for (const stream of this.#streams) stream.end();
  }
}

/** The lines of children as events, where somebody listens to them. */
export class EventSink implements LogSink {
  readonly #streams: EventStreams;

  constructor(streams: EventStreams) {
    this.#streams = streams;
  }

  write(batch: Batch): Promise<void> | undefined {
    // Lines are text only where somebody wants them so.
    if (!this.#streams.wants('log')) return undefined;
    const { speaker, pid, stream, at, lines } = batch;
    const { name, instance } = speaker;
    for (const line of lines) {
      this.#streams.tell({ type: 'log', name, instance, pid, stream, at, line });
    }
    return this.#streams.full;
  }

  flush(): Promise<void> {
    return Promise.resolve();
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}

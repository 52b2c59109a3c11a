import type { FileDescriptor } from '../descriptor/file-descriptor.ts';
/** Messages to and from one other process, of this program's own making. */
import { socketpair } from '../descriptor/socketpair.ts';
import type { ChannelError } from './channel-error.ts';
import { Flow } from './flow.ts';
import { travellingFrameOf, type Arrived } from './frame.ts';
import type { Lane } from './lane.ts';
import { ownLane, ownWire } from './own-wire.ts';
import { Requests, type RequestHandler, type RequestOptions } from './requests.ts';
import type { Wire } from './wire.ts';

interface Receiver {
  readonly resolve: (message: Arrived | undefined) => void;
  readonly reject: (error: Error) => void;
}

/** Puts a message that came over the wire into its channel. */
export let deliver: (channel: Channel, message: Arrived) => void;

/** Tells a channel that nothing comes any more. */
export let endChannel: (channel: Channel, error: ChannelError | undefined) => void;

/**
 * A way for messages between two processes, both ways. Each message is a structured clone; it arrives
 * whole or not at all, and in order. A sender that does not wait fills its own memory: `await send()`
 * holds it back while the receiver has not taken what was sent before.
 *
 * `In` is what arrives here, `Out` what is sent from here.
 *
 * @example
 * ```ts
 * import { task, taskChannel } from 'brood';
 * const t = await task.with({ method: 'fork' })(async () => {
 *   for await (const n of taskChannel<number, number>()) await taskChannel().send(n * 2);
 * });
 * await t.channel.send(21);
 * console.log(await t.channel.receive()); // 42
 * t.channel.close();
 * ```
 */
export class Channel<In = unknown, Out = unknown> {
  static {
    deliver = (channel, message) => channel.#deliver(message);
    endChannel = (channel, error) => channel.#finish(error);
  }

  readonly #wire: Wire;
  readonly #lane: Lane;
  readonly #arrived: Arrived[] = [];
  readonly #receivers: Receiver[] = [];
  readonly #flow: Flow;
  readonly #requests: Requests;
  /** The wire is the channel's alone, and closed with it. */
  readonly #ownsWire: boolean;
  #end: { readonly error: ChannelError | undefined } | undefined;
  #closed = false;

  /** Made by brood; not by hand. */
  constructor(wire: Wire, lane: Lane, ownsWire = false) {
    this.#wire = wire;
    this.#lane = lane;
    this.#ownsWire = ownsWire;
    this.#flow = new Flow(wire, lane.credit);
    this.#requests = new Requests(wire, lane, this.#flow);
  }

  /**
   * A channel over one end of a socket pair, of a FileDescriptor or of a number such as the 3 of `fds`:
   * the other end may be in any process, and is made a channel there. The descriptor is owned from now
   * on.
   *
   * @throws ProcessError EBADF; TypeError if it is no socket.
   *
   * @example
   * ```ts
   * import { Channel, socketpair } from 'brood';
   * const [one, other] = socketpair();
   * const a = Channel.from<string, number>(one);
   * const b = Channel.from<number, string>(other);
   * await a.send(42);
   * console.log(await b.receive()); // 42
   * a.close();
   * ```
   */
  static from<I = unknown, O = unknown>(descriptor: FileDescriptor | number): Channel<I, O> {
    const wire = ownWire(descriptor, {
      arrived: (message) => channel.#deliver(message),
      over: (error) => channel.#finish(error),
    });
    const channel = new Channel<I, O>(wire, ownLane, true);
    return channel;
  }

  /**
   * A channel, and the descriptor for its other end: for `fds` of spawn(), for a message to any process,
   * or for {@link Channel.from} in a forked child. Where it is not closed by being given away, close it
   * once the other process has it: only then the end of that process is the end of the channel.
   */
  static pair<I = unknown, O = unknown>(): [channel: Channel<I, O>, theirs: FileDescriptor] {
    const [ours, theirs] = socketpair();
    return [Channel.from<I, O>(ours), theirs];
  }

  /** Whether nothing can be sent any more. */
  get isClosed(): boolean {
    return this.#closed || this.#end !== undefined || this.#wire.isClosed;
  }

  /**
   * Sends a message; resolves when it is on its way and the receiver is not too far behind. Large
   * typed arrays and buffers are not copied first: leave them as they are until then. Parts of it may be
   * FileDescriptor and SharedMemory, up to 253: what arrives is another one of the same open file or memory,
   * and what is sent stays open here, for its owner to close at any time.
   *
   * @throws DOMException `DataCloneError` for what cannot be cloned, RangeError for more than 253
   * descriptors, ProcessError EBADF for one that is closed (nothing is sent, the channel can be used as
   * before); ChannelError once it is closed. All as rejections.
   */
  async send(value: Out): Promise<void> {
    if (this.isClosed) throw this.#wire.closedError();
    return this.#flow.send(travellingFrameOf(this.#lane.message, value));
  }

  /**
   * Sends a message that is to be answered by {@link Channel.serve} on the other side; resolves with the
   * answer. Any number of them may be under way. What the handler throws arrives as from a task.
   *
   * @throws as {@link Channel.send}; what the handler threw; TimeoutError; AbortError; ChannelError when
   * the channel ends before the answer. All as rejections.
   *
   * @example
   * ```ts
   * import { task, taskChannel } from 'brood';
   * const t = await task(() => taskChannel<number>().serve((n) => n * n));
   * console.log(await t.channel.request(12, { timeout: 10_000 })); // 144
   * t.channel.close();
   * ```
   */
  async request<R = unknown>(value: Out, options?: RequestOptions): Promise<R> {
    if (this.isClosed) throw this.#wire.closedError();
    return (await this.#requests.request(value, options)) as R;
  }

  /**
   * Answers the requests of the other side, those too that came before: with what the handler returns, or
   * resolves to. They are served as they come, not one after the other. Resolves at the end of the channel.
   *
   * @throws TypeError; ProcessError `ERR_INVALID_STATE` where they are served already; ChannelError when
   * the other process ended in the middle of a message. All as rejections.
   */
  async serve(handler: RequestHandler<In>): Promise<void> {
    return this.#requests.serve(handler as RequestHandler, this.#end);
  }

  /**
   * The next message; waits for it. undefined at the end: the other side closed the channel or ended.
   * Where undefined may be a message, iterate instead.
   *
   * @throws ChannelError when the other process ended in the middle of a message, as a rejection.
   */
  receive(): Promise<In | undefined> {
    return this.#receive().then((message) => message?.value as In | undefined);
  }

  /** Says that nothing more will be sent from here, and takes no further messages. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    if (!this.#wire.isClosed) this.#wire.post(this.#lane.credit, -1);
    this.#finish(undefined);
  }

  /** The messages as they come; ends with the channel. Stopping early leaves it open. */
  async *[Symbol.asyncIterator](): AsyncGenerator<In, void, undefined> {
    for (;;) {
      const message = await this.#receive();
      if (message === undefined) return;
      yield message.value as In;
    }
  }

  /** Closes it. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.close();
  }

  #receive(): Promise<Arrived | undefined> {
    const next = this.#arrived.shift();
    if (next !== undefined) {
      this.#flow.take(next);
      return Promise.resolve(next);
    }
    if (this.#end !== undefined) {
      const { error } = this.#end;
      return error === undefined ? Promise.resolve(undefined) : Promise.reject(error);
    }
    this.#wire.hold();
    return new Promise((resolve, reject) => this.#receivers.push({ resolve, reject }));
  }

  #deliver(message: Arrived): void {
    if (message.kind === this.#lane.credit) {
      const credit = message.value as number;
      if (credit < 0) this.#finish(undefined);
      else this.#flow.credit(credit);
      return;
    }
    if (this.#closed) {
      for (const owner of message.owners) owner[Symbol.dispose]();
      return;
    }
    if (this.#requests.deliver(message)) return;
    const receiver = this.#receivers.shift();
    if (receiver === undefined) {
      this.#arrived.push(message);
      return;
    }
    this.#flow.take(message);
    this.#wire.release();
    receiver.resolve(message);
  }

  /** What has arrived can still be received. */
  #finish(error: ChannelError | undefined): void {
    if (this.#end !== undefined) return;
    this.#end = { error };
    this.#flow.close();
    this.#requests.finish(error);
    if (this.#ownsWire) this.#wire.close();
    for (const { resolve, reject } of this.#receivers.splice(0)) {
      this.#wire.release();
      if (error === undefined) resolve(undefined);
      else reject(error);
    }
  }
}

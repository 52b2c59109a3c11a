/** Messages to and from one other process, of this program's own making. */
import type { ChannelError } from './channel-error.ts';
import { frameOf, type Arrived, type Frame } from './frame.ts';
import type { Wire } from './wire.ts';

/** So many bytes may be on their way, not yet taken by the receiver, before a sender has to wait. */
const windowBytes = 1_048_576;
/** The receiver tells what it took in portions, not message by message. */
const creditBytes = windowBytes / 4;
/** What a message costs at least: it is an object, however short. */
const leastBytes = 64;

/** The kinds of a wire's messages that a channel uses. */
export interface Lane {
  readonly message: number;
  readonly credit: number;
}

interface Waiting {
  readonly frame: Frame;
  readonly resolve: (sent: Promise<void>) => void;
  readonly reject: (error: Error) => void;
}

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
  readonly #waiting: Waiting[] = [];
  /** Sent, and not yet taken by the receiver. */
  #outstanding = 0;
  /** Taken here, and not yet told. */
  #taken = 0;
  #end: { readonly error: ChannelError | undefined } | undefined;
  #closed = false;

  /** Made by brood; not by hand. */
  constructor(wire: Wire, lane: Lane) {
    this.#wire = wire;
    this.#lane = lane;
  }

  /** Whether nothing can be sent any more. */
  get isClosed(): boolean {
    return this.#closed || this.#end !== undefined || this.#wire.isClosed;
  }

  /**
   * Sends a message; resolves when it is on its way and the receiver is not too far behind. Large
   * typed arrays and buffers are not copied first: leave them as they are until then.
   *
   * @throws DOMException `DataCloneError` for what cannot be cloned (nothing is sent, the channel can
   * be used as before); ChannelError once it is closed. Both as rejections.
   */
  async send(value: Out): Promise<void> {
    if (this.isClosed) throw this.#wire.closedError();
    const frame = frameOf(this.#lane.message, value);
    if (this.#waiting.length === 0 && this.#outstanding < windowBytes) return this.#write(frame);
    this.#wire.hold();
    const sent = new Promise<void>((resolve, reject) => {
      this.#waiting.push({ frame, resolve, reject });
    });
    return sent.finally(() => this.#wire.release());
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
      this.#take(next);
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
      else this.#go(credit);
      return;
    }
    if (this.#closed) return;
    const receiver = this.#receivers.shift();
    if (receiver === undefined) {
      this.#arrived.push(message);
      return;
    }
    this.#take(message);
    this.#wire.release();
    receiver.resolve(message);
  }

  /** A message has been given to who asked for it: the sender may send as much again. */
  #take(message: Arrived): void {
    this.#taken += Math.max(message.bytes, leastBytes);
    if (this.#taken < creditBytes || this.isClosed) return;
    this.#wire.post(this.#lane.credit, this.#taken);
    this.#taken = 0;
  }

  /** The receiver took so many bytes: what waits goes, as far as there is room. */
  #go(credit: number): void {
    this.#outstanding -= credit;
    while (this.#outstanding < windowBytes) {
      const next = this.#waiting.shift();
      if (next === undefined) return;
      next.resolve(this.#write(next.frame));
    }
  }

  #write(frame: Frame): Promise<void> {
    this.#outstanding += Math.max(frame.bytes, leastBytes);
    return this.#wire.write(frame);
  }

  /** What has arrived can still be received. */
  #finish(error: ChannelError | undefined): void {
    if (this.#end !== undefined) return;
    this.#end = { error };
    for (const { reject } of this.#waiting.splice(0)) reject(this.#wire.closedError());
    for (const { resolve, reject } of this.#receivers.splice(0)) {
      this.#wire.release();
      if (error === undefined) resolve(undefined);
      else reject(error);
    }
  }
}

/** Messages of several kinds over one stream to another process. */
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';

import { atFork } from '../platform/forked.ts';
import { ChannelError } from './channel-error.ts';
import { CorruptFrame, frameOf, FrameReader, type Arrived, type Frame } from './frame.ts';
import { Passage } from './passage.ts';

/** Who hears of what comes over a wire. */
export interface WireEvents {
  arrived(message: Arrived): void;
  /** Nothing comes any more: the other end closed it, or ended; `error` if that was amiss. */
  over(error: ChannelError | undefined): void;
}

/** In a forked child these are its parent's: two readers would each get some of the bytes. */
const open = new Set<Wire>();
atFork((inChild, clean) => {
  if (!inChild || open.size === 0) return;
  // In a clean child they lead nowhere already.
  for (const wire of clean ? [] : open) wire.abandon();
  open.clear();
});

/** One end of a connection that carries messages. */
export class Wire {
  readonly #stream: Duplex;
  readonly #events: WireEvents;
  readonly #reader: FrameReader;
  readonly #passage: Passage;
  #peer: string;
  #holds = 0;
  #isOver = false;

  /** `peer` names the other side in errors. The stream is owned from now on. */
  constructor(stream: Duplex, peer: string, events: WireEvents) {
    this.#stream = stream;
    this.#peer = peer;
    this.#events = events;
    this.#passage = new Passage(stream, {
      write: (chunks) => this.#write(chunks),
      say: (kind, value) => void this.#write(frameOf(kind, value).chunks).catch(() => {}),
      hold: () => this.hold(),
      release: () => this.release(),
      read: (bytes) => this.#read(bytes),
      end: (error) => this.#broken(error),
    });
    this.#reader = new FrameReader(
      (message) => this.#arrived(message),
      (count) => this.#passage.descriptors(count),
    );
    (stream as Partial<Socket>).unref?.();
    stream.on('data', (chunk: Uint8Array) => this.#read(chunk));
    stream.once('end', () => this.#end());
    stream.once('close', () => this.#end());
    // A peer that is gone resets the connection; 'close' follows.
    stream.on('error', () => {});
    open.add(this);
  }

  /** Whether nothing can be sent any more. */
  get isClosed(): boolean {
    return this.#isOver || this.#stream.destroyed || this.#stream.writableEnded;
  }

  /** The stream itself, for who waits for its end. */
  get stream(): Duplex {
    return this.#stream;
  }

  /**
   * Sends a message; resolves when the kernel has all of it.
   *
   * @throws DOMException DataCloneError, at once, and the wire can be used as before; ChannelError as a
   * rejection.
   */
  send(kind: number, value: unknown): Promise<void> {
    return this.write(frameOf(kind, value));
  }

  /** Sends a message that nobody waits for: that the other side is gone is told by `over`. */
  post(kind: number, value: unknown): void {
    this.write(frameOf(kind, value)).catch(() => {});
  }

  /**
   * Sends a message without a promise of it, for what is sent often: what cannot be cloned is thrown;
   * that the other side is gone is told by `over`.
   */
  put(kind: number, value: unknown): void {
    this.putFrame(frameOf(kind, value));
  }

  /** See {@link Wire.put}. */
  putFrame(frame: Pick<Frame, 'chunks'> & Partial<Pick<Frame, 'parcel'>>): void {
    if (frame.parcel !== undefined || this.#passage.isBusy) {
      // In the order in which they were put, with what travels along.
      this.write(frame).catch(() => {});
      return;
    }
    if (this.isClosed) return;
    const { chunks } = frame;
    const stream = this.#stream;
    const last = chunks.length - 1;
    if (last > 0) stream.cork();
    for (const chunk of chunks) stream.write(chunk);
    if (last > 0) stream.uncork();
  }

  /** Sends a frame, and closes what is in its parcel; see {@link Wire.send}. */
  write(frame: Pick<Frame, 'chunks'> & Partial<Pick<Frame, 'parcel'>>): Promise<void> {
    const isPlain = frame.parcel === undefined && !this.#passage.isBusy;
    if (isPlain || this.isClosed) {
      frame.parcel?.close();
      return this.#write(frame.chunks);
    }
    return this.#passage.send(frame);
  }

  #write(chunks: readonly Uint8Array[]): Promise<void> {
    if (this.isClosed) return Promise.reject(this.closedError());
    const stream = this.#stream;
    return new Promise((resolve, reject) => {
      const last = chunks.length - 1;
      if (last > 0) stream.cork();
      for (const [index, chunk] of chunks.entries()) {
        if (index < last) stream.write(chunk);
        else stream.write(chunk, (error) => (error ? reject(this.closedError(error)) : resolve()));
      }
      if (last > 0) stream.uncork();
    });
  }

  /** Keeps the loop alive until as many releases as holds. */
  hold(): void {
    if (this.#holds++ === 0) (this.#stream as Partial<Socket>).ref?.();
  }

  release(): void {
    if (--this.#holds === 0) (this.#stream as Partial<Socket>).unref?.();
  }

  /** Closes it; what was sent before still goes. */
  close(): void {
    (this.#stream as Socket).destroySoon();
  }

  /** Lets go of it without a word to anybody. */
  abandon(): void {
    this.#isOver = true;
    this.#passage.close(() => this.closedError());
    open.delete(this);
    this.#stream.removeAllListeners();
    this.#stream.on('error', () => {});
    this.#stream.destroy();
  }

  /** That the other side cannot be reached. */
  closedError(cause?: unknown): ChannelError {
    return new ChannelError(`the channel to ${this.#peer} is closed`, {
      code: 'ERR_CHANNEL_CLOSED',
      cause,
    });
  }

  /** The other side has said what it is called. */
  rename(peer: string): void {
    this.#peer = peer;
  }

  #arrived(message: Arrived): void {
    if (!this.#passage.take(message)) this.#events.arrived(message);
  }

  /** The socket itself has failed, or come to its end, while it was not read by way of the stream. */
  #broken(cause: unknown): void {
    if (cause === undefined) this.#end();
    else {
      const message = `the channel to ${this.#peer} broke while descriptors came`;
      this.#end(new ChannelError(message, { code: 'ERR_CHANNEL_BROKEN', cause }));
    }
    this.#stream.destroy();
  }

  #read(chunk: Uint8Array): void {
    if (this.#isOver) return;
    try {
      this.#reader.push(chunk);
    } catch (cause) {
      if (!(cause instanceof CorruptFrame)) throw cause;
      const message = `what came from ${this.#peer} over the channel is no message`;
      this.#end(new ChannelError(message, { code: 'ERR_CHANNEL_CORRUPT', cause }));
      this.#stream.destroy();
    }
  }

  #end(error?: ChannelError): void {
    if (this.#isOver) return;
    this.#isOver = true;
    open.delete(this);
    this.#passage.close(() => this.closedError());
    this.#events.over(
      error ??
        (this.#reader.isMidFrame || this.#passage.isAwaiting
          ? new ChannelError(`${this.#peer} ended in the middle of a message`, {
              code: 'ERR_CHANNEL_BROKEN',
            })
          : undefined),
    );
  }
}

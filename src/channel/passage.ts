/**
 * Open files over a stream of Node, which has no way for them: libuv reads bytes alone, and what else
 * came with them is lost. So a message that carries some is announced; the other side stops reading by way of
 * the stream, says so, and takes the bytes with all that comes along from the socket itself, until it has
 * what was announced. Nothing of that costs a message without descriptors anything. Source: unix(7).
 */
import type { Duplex } from 'node:stream';

import { closeAll, type Parcel } from '../descriptor/travel.ts';
import { UnsupportedError } from '../errors.ts';
import { platform } from '../platform/select.ts';
import type { Arrived, Frame } from './frame.ts';

/** Kinds of messages that no lane has. */
const passageKinds = {
  /** So many descriptors are to come. */
  announced: 0xffff_ff01,
  /** They may come. */
  ready: 0xffff_ff02,
} as const;

/** What a passage asks of the wire that it belongs to. */
export interface PassageHost {
  /** Writes at once, past everything that waits. */
  write(chunks: readonly Uint8Array[]): Promise<void>;
  /** Says something to the passage of the other side, past everything that waits. */
  say(kind: number, value: number): void;
  /** Keeps the loop alive meanwhile. */
  hold(): void;
  release(): void;
  /** Bytes that did not come by way of the stream. */
  read(bytes: Uint8Array): void;
  /** The socket has come to its end, or failed. */
  end(error?: unknown): void;
}

interface Handle {
  readonly fd: number;
  readStart(): number;
  readStop(): number;
}

interface Waiting {
  readonly frame: Pick<Frame, 'chunks'> & Partial<Pick<Frame, 'parcel'>>;
  readonly resolve: (written: Promise<void>) => void;
  readonly reject: (error: unknown) => void;
}

/** The most bytes that one receive takes. */
const receiveBytes = 65_536;

/** The way of descriptors through one wire, in both directions. */
export class Passage {
  readonly #stream: Duplex;
  readonly #host: PassageHost;
  /** Messages that may not pass one that waits for the other side to be ready. */
  readonly #queue: Waiting[] = [];
  #sending = false;
  #onReady: (() => void) | undefined;
  /** Descriptors that have come, before the message that they belong to is whole. */
  readonly #arrived: number[] = [];
  readonly #cancels = new Set<() => void>();
  #isOver = false;
  #isAwaiting = false;

  constructor(stream: Duplex, host: PassageHost) {
    this.#stream = stream;
    this.#host = host;
  }

  /** Whether messages have to wait for one before them. */
  get isBusy(): boolean {
    return this.#sending;
  }

  /** Whether a message was announced that has not come yet. */
  get isAwaiting(): boolean {
    return this.#isAwaiting;
  }

  /** Sends a message in its turn; its descriptors are closed here in any case. */
  send(frame: Waiting['frame']): Promise<void> {
    const sent = new Promise<void>((resolve, reject) => {
      this.#queue.push({ frame, resolve, reject });
    });
    if (!this.#sending) void this.#work();
    return sent;
  }

  /** The other side speaks of descriptors. Returns whether it was about that. */
  take(message: Arrived): boolean {
    if (message.kind === passageKinds.ready) this.#onReady?.();
    else if (message.kind === passageKinds.announced) this.#expect(message.value as number);
    else return false;
    return true;
  }

  /** Those that came with a message; undefined where it says that there are more. */
  descriptors(count: number): number[] | undefined {
    if (count > this.#arrived.length) return undefined;
    return this.#arrived.splice(0, count);
  }

  /** The wire is over: what is on its way never arrives. `error`: of who waits to send. */
  close(error: () => unknown): void {
    this.#isOver = true;
    for (const cancel of this.#cancels) cancel();
    closeAll(this.#arrived.splice(0));
    for (const { frame, reject } of this.#queue.splice(0)) {
      frame.parcel?.close();
      reject(error());
    }
    this.#onReady?.();
  }

  async #work(): Promise<void> {
    this.#sending = true;
    this.#host.hold();
    for (let next = this.#queue.shift(); next !== undefined; next = this.#queue.shift()) {
      const { frame, resolve } = next;
      const { parcel } = frame;
      try {
        if (parcel !== undefined) await this.#prepare(parcel);
        if (parcel === undefined) resolve(this.#host.write(frame.chunks));
        else resolve((await this.#carry(frame.chunks, parcel)).written);
      } catch (error) {
        next.reject(error);
      } finally {
        parcel?.close();
      }
    }
    this.#sending = false;
    this.#host.release();
  }

  /** Resolves when the other side takes descriptors. */
  async #prepare({ descriptors }: Parcel): Promise<void> {
    const isReady = new Promise<void>((resolve) => {
      this.#onReady = resolve;
    });
    this.#host.say(passageKinds.announced, descriptors.length);
    await isReady;
    this.#onReady = undefined;
  }

  #drained(): Promise<void> {
    return new Promise((resolve) => {
      // Its callback is that of all that was written before; an error ends the wire, as ever.
      this.#stream.write(new Uint8Array(), () => resolve());
    });
  }

  /**
   * The descriptors with the first bytes, once nothing of ours waits to be written; the rest goes by way of
   * the stream. Resolves when the kernel has the descriptors.
   */
  async #carry(
    chunks: readonly Uint8Array[],
    { descriptors }: Parcel,
  ): Promise<{ readonly written: Promise<void> }> {
    const [first = new Uint8Array(), ...rest] = chunks;
    while (!this.#isOver) {
      if (this.#stream.writableLength > 0) {
        await this.#drained();
        continue;
      }
      const sent = platform().descriptors.send(
        this.#handle().fd,
        first.subarray(0, 24),
        descriptors,
      );
      if (sent > 0) return { written: this.#host.write([first.subarray(sent), ...rest]) };
      await this.#whenReady('write');
    }
    return { written: this.#host.write(chunks) };
  }

  #expect(count: number): void {
    if (!(count > 0)) return;
    this.#isAwaiting = true;
    // The stream goes on believing that it reads, or it would begin again by itself.
    this.#handle().readStop();
    this.#host.say(passageKinds.ready, 0);
    // Not before the chunk that says so is read to its end.
    queueMicrotask(() => void this.#receive());
  }

  async #receive(): Promise<void> {
    try {
      while (!this.#isOver) {
        const message = platform().descriptors.receive(this.#handle().fd, receiveBytes);
        if (message === 'closed') {
          this.#host.end();
          return;
        }
        if (message === undefined) {
          await this.#whenReady('read');
          continue;
        }
        this.#arrived.push(...message.descriptors);
        const isLast = message.descriptors.length > 0;
        // From here on by way of the stream again, before anybody hears of the message.
        if (isLast) this.#handle().readStart();
        this.#isAwaiting &&= !isLast;
        this.#host.read(message.data);
        if (isLast) return;
      }
    } catch (error) {
      // A socket is reset when the other side ends with something of ours unread.
      const isReset = (error as { code?: unknown }).code === 'ECONNRESET';
      this.#host.end(isReset ? undefined : error);
    }
  }

  #whenReady(direction: 'read' | 'write'): Promise<void> {
    return new Promise((resolve) => {
      const done = (): void => {
        this.#cancels.delete(cancel);
        resolve();
      };
      const stop = platform().descriptors.whenReady(this.#handle().fd, direction, done);
      const cancel = (): void => {
        stop();
        done();
      };
      this.#cancels.add(cancel);
    });
  }

  #handle(): Handle {
    const { _handle: handle } = this.#stream as unknown as { readonly _handle?: Handle | null };
    if (typeof handle?.readStop === 'function') return handle;
    throw new UnsupportedError('open files travel over a socket only');
  }
}

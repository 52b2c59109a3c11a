/** How far a sender may be ahead of its receiver, in both directions of one channel. */
import type { Arrived, Frame } from './frame.ts';
import type { Wire } from './wire.ts';

/** So many bytes may be on their way, not yet taken by the receiver, before a sender has to wait. */
const windowBytes = 1_048_576;
/** The receiver tells what it took in portions, not message by message. */
const creditBytes = windowBytes / 4;
/** What a message costs at least: it is an object, however short. */
const leastBytes = 64;

interface Waiting {
  readonly frame: Frame;
  readonly resolve: (sent: Promise<void>) => void;
  readonly reject: (error: Error) => void;
}

/** The flow of one channel. */
export class Flow {
  readonly #wire: Wire;
  readonly #creditKind: number;
  readonly #waiting: Waiting[] = [];
  /** Sent, and not yet taken by the receiver. */
  #outstanding = 0;
  /** Taken here, and not yet told. */
  #taken = 0;

  constructor(wire: Wire, creditKind: number) {
    this.#wire = wire;
    this.#creditKind = creditKind;
  }

  /** Sends it in its turn; resolves when it is on its way and there is room for it. */
  async send(frame: Frame): Promise<void> {
    if (this.#waiting.length === 0 && this.#outstanding < windowBytes) return this.#write(frame);
    this.#wire.hold();
    const sent = new Promise<void>((resolve, reject) => {
      this.#waiting.push({ frame, resolve, reject });
    });
    return sent.finally(() => this.#wire.release());
  }

  /** A message has been given to who asked for it: the sender may send as much again. */
  take(message: Arrived): void {
    this.#taken += Math.max(message.bytes, leastBytes);
    if (this.#taken < creditBytes || this.#wire.isClosed) return;
    this.#wire.post(this.#creditKind, this.#taken);
    this.#taken = 0;
  }

  /** The receiver took so many bytes: what waits goes, as far as there is room. */
  credit(bytes: number): void {
    this.#outstanding -= bytes;
    while (this.#outstanding < windowBytes) {
      const next = this.#waiting.shift();
      if (next === undefined) return;
      next.resolve(this.#write(next.frame));
    }
  }

  /** What waits will never be sent. */
  close(): void {
    for (const { frame, reject } of this.#waiting.splice(0)) {
      frame.parcel?.close();
      reject(this.#wire.closedError());
    }
  }

  #write(frame: Frame): Promise<void> {
    this.#outstanding += Math.max(frame.bytes, leastBytes);
    return this.#wire.write(frame);
  }
}

/** Whole messages over a socket that is nobody's stream. */
import { ProcessError } from '../../errors.ts';
import type { NativeAddon } from '../binding.ts';
import { translated } from '../translate.ts';

/** The other side has closed, or the wait was given up. */
export class Hangup extends ProcessError {
  constructor() {
    super('the other process has closed its end', { code: 'EPIPE' });
  }
}

/** One end of a socket, in use by one reader and one writer at a time. */
export class Exchange {
  readonly fd: number;
  readonly #addon: NativeAddon;
  readonly #waiting = new Map<number, () => void>();
  #closed = false;

  constructor(addon: NativeAddon, fd: number) {
    this.#addon = addon;
    this.fd = fd;
  }

  /** Sends all of it; the descriptors go with the first byte. Rejects with a ProcessError. */
  async send(data: Uint8Array, descriptors: readonly number[]): Promise<void> {
    let rest = data;
    let carried = descriptors;
    while (rest.length > 0) {
      this.#check();
      const sent = orHangup(() => this.#addon.send(this.fd, rest, carried));
      if (sent === 0) {
        await this.#whenReady(true);
        continue;
      }
      carried = [];
      rest = rest.subarray(sent);
    }
  }

  /** So many bytes, and the descriptors that came with them. Rejects with a {@link Hangup}. */
  async receive(size: number): Promise<{ data: Buffer; descriptors: number[] }> {
    const data = Buffer.alloc(size);
    const descriptors: number[] = [];
    let have = 0;
    while (have < size) {
      this.#check();
      const piece = orHangup(() => this.#addon.receive(this.fd, size - have));
      if (piece === null) throw new Hangup();
      if (piece === undefined) {
        await this.#whenReady(false);
        continue;
      }
      data.set(piece.data, have);
      have += piece.data.length;
      descriptors.push(...piece.descriptors);
    }
    return { data, descriptors };
  }

  /** Closes it; who waits is told with a {@link Hangup}. */
  close(): void {
    if (this.#closed) return;
    this.release();
    this.#addon.close(this.fd);
  }

  /** The descriptor is somebody else's from here on. */
  release(): number {
    this.#closed = true;
    for (const [token, giveUp] of this.#waiting) {
      this.#addon.stopWaiting(token);
      giveUp();
    }
    this.#waiting.clear();
    return this.fd;
  }

  #check(): void {
    if (this.#closed) throw new Hangup();
  }

  #whenReady(write: boolean): Promise<void> {
    return new Promise((resolve, reject) => {
      const token = this.#addon.whenReady(this.fd, write, () => {
        this.#waiting.delete(token);
        resolve();
      });
      this.#waiting.set(token, () => reject(new Hangup()));
    });
  }
}

/** A socket is reset when the other side ends with something of ours unread. */
function orHangup<T>(call: () => T): T {
  try {
    return translated(call);
  } catch (error) {
    const { code } = error as ProcessError;
    throw code === 'EPIPE' || code === 'ECONNRESET' ? new Hangup() : error;
  }
}

/** Bytes and open files over a socket, one message after the other. */
import { invalidType, outOfRange } from '../errors.ts';
import { platform } from '../platform/select.ts';
import type { Ownership } from './ownership.ts';

/** What was received: bytes, and descriptors that nobody owns yet. */
export interface Message {
  readonly data: Uint8Array;
  readonly descriptors: number[];
}

/** The most bytes that one receive takes. */
const receiveBytes = 65_536;

/** The two queues of one socket: what is sent, and who waits to receive. */
export class Messages {
  readonly #ownership: Ownership;
  #lastSent: Promise<unknown> = Promise.resolve();
  #lastReceived: Promise<unknown> = Promise.resolve();

  constructor(ownership: Ownership) {
    this.#ownership = ownership;
  }

  /** `descriptors` gives the numbers at the moment of sending. */
  send(descriptors: () => number[], data: Uint8Array): Promise<void> {
    const socket = this.#ownership.number();
    const sent = this.#lastSent.then(() => this.#send(socket, descriptors, data));
    this.#lastSent = sent.catch(() => undefined);
    return sent;
  }

  receive(): Promise<Message> {
    this.#ownership.number();
    const received = this.#lastReceived.then(() => this.#receive());
    this.#lastReceived = received.catch(() => undefined);
    return received;
  }

  async #send(socket: number, descriptors: () => number[], data: Uint8Array): Promise<void> {
    let rest = data;
    let carried = descriptors;
    do {
      // Asked each time: it may have been closed while we waited.
      const sent = platform().descriptors.send(this.#ownership.number(), rest, carried());
      if (sent === 0) {
        await this.#whenReady(socket, 'write');
        continue;
      }
      carried = none;
      rest = rest.subarray(sent);
    } while (rest.length > 0 || carried !== none);
  }

  async #receive(): Promise<Message> {
    for (;;) {
      const socket = this.#ownership.number();
      const message = platform().descriptors.receive(socket, receiveBytes);
      if (message === 'closed') return { data: new Uint8Array(), descriptors: [] };
      if (message !== undefined) return withoutFiller(message);
      await this.#whenReady(socket, 'read');
    }
  }

  #whenReady(fd: number, direction: 'read' | 'write'): Promise<void> {
    return new Promise((resolve, reject) => {
      const cancel = platform().descriptors.whenReady(fd, direction, () => {
        stopCaring();
        resolve();
      });
      const stopCaring = this.#ownership.whileOurs((reason) => {
        cancel();
        reject(reason);
      });
    });
  }
}

const none = (): number[] => [];

/** Descriptors without data travel with one zero byte, which is nobody's data. */
function withoutFiller(message: Message): Message {
  const isFiller =
    message.descriptors.length > 0 && message.data.length === 1 && message.data[0] === 0;
  return isFiller ? { data: new Uint8Array(), descriptors: message.descriptors } : message;
}

/** What is sent along with descriptors, or alone. */
export function checkData(data: unknown, descriptors: readonly unknown[]): Uint8Array {
  if (data !== undefined && typeof data !== 'string' && !(data instanceof Uint8Array)) {
    throw invalidType('data', 'a string or a Uint8Array', data);
  }
  // A copy: the caller may change it while we wait.
  const bytes = data === undefined ? new Uint8Array() : Buffer.from(data);
  if (bytes.length === 0 && descriptors.length === 0) {
    throw outOfRange('data', 'at least one byte where no descriptor is sent', bytes.length);
  }
  return bytes;
}

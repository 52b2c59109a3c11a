/**
 * Our ends of the pipes and socket pairs of one child: who uses them, when they are closed, and whether
 * they keep the event loop alive: as in Node when somebody has taken them, and never before.
 */
import type { Socket } from 'node:net';
import type { Duplex, Readable, Writable } from 'node:stream';

import type { Started } from '../platform/platform.ts';

type End = Readable | Writable | Duplex;

/**
 * A child may say something that nobody ever asks for. A stream of Node is not collected while it is
 * open, so its descriptor would stay for good.
 */
const dropped = new FinalizationRegistry<Ends>((ends) => ends.closeUntaken());

/** The ends of one child. */
export class Ends {
  readonly #streams: Started['ends'];
  /** Given to the caller, who may hold on to the stream and not to the child. */
  readonly #taken = new Set<End>();

  constructor(streams: Started['ends']) {
    this.#streams = streams;
    this.letGo();
  }

  /** None of them keeps the event loop alive from now on. */
  letGo(): void {
    for (const end of this.#streams.values()) (end as Partial<Socket>).unref?.();
  }

  /** When the child is let go, what nobody asked for goes with it. */
  belongTo(child: object): void {
    if (this.#streams.size > 0) dropped.register(child, this);
  }

  /** The end for the child's descriptor `fd`, for the caller to keep. */
  take(fd: number): End | undefined {
    const end = this.#streams.get(fd);
    if (end !== undefined) this.#give(end);
    return end;
  }

  takeAll(): Record<number, End> {
    for (const end of this.#streams.values()) this.#give(end);
    return Object.fromEntries(this.#streams);
  }

  #give(end: End): void {
    if (this.#taken.has(end)) return;
    this.#taken.add(end);
    (end as Partial<Socket>).ref?.();
  }

  /**
   * The child has ended. Its input is closed. What it said can still be read; an output without any
   * comes to its end here and now, although nobody reads it.
   */
  childEnded(): void {
    for (const [fd, end] of this.#streams) {
      if (fd === 0) end.destroy();
      else if ('read' in end && end.readableFlowing === null) end.read(0);
    }
  }

  closeUntaken(): void {
    for (const end of this.#streams.values()) if (!this.#taken.has(end)) end.destroy();
  }

  close(): void {
    for (const end of this.#streams.values()) end.destroy();
  }
}

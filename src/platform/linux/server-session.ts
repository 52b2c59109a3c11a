/** One life of a fork server, from its start to its end, as the program sees it. */
import { ProcessError } from '../../errors.ts';
import type { NativeAddon } from '../binding.ts';
import type { End, ProcessRef } from '../platform.ts';
import { errnoWords } from '../translate.ts';
import { Candidate } from './candidate.ts';
import { Hangup, type Exchange } from './exchange.ts';
import type { Processes } from './processes.ts';
import type { Origin } from './server-origin.ts';
import {
  closed,
  endAwaited,
  endInWords,
  endOf,
  failureOf,
  serverCode,
  sigkill,
} from './server-start.ts';
import { answers, headerBytes } from './server-words.ts';
import type { Starts } from './starts.ts';
import { readTable } from './table.ts';

/** How long a server may take until it serves, in milliseconds. */
const patienceMs = 60_000;
/** How long one that will not may take to end. */
const leaveMs = 2000;

/** What a session needs of its platform. */
export interface Surroundings {
  readonly addon: NativeAddon;
  readonly processes: Processes;
  readonly starts: Starts;
}

/** What a session tells. */
export interface SessionEvents {
  /** One of those that were asked for. */
  child(candidate: Candidate): void;
  /** One that was asked for cannot be had. */
  refused(error: Error): void;
  /** A server that served has ended; what was asked for and has not come will not come. */
  over(): void;
}

/** A server that is being started, serves, or has ended. */
export class ServerSession {
  /** Resolves when it serves; rejects with a ProcessError if it never will. */
  readonly ready: Promise<void>;
  /** How many children were asked for and have not come. */
  asked = 0;
  readonly #surroundings: Surroundings;
  readonly #origin: Origin;
  readonly #events: SessionEvents;
  #exchange: Exchange | undefined;
  #ref: ProcessRef | undefined;
  #isServing = false;
  #isReading = false;
  #reading: Promise<void> | undefined;
  /** The ends of children that came when it was over. */
  readonly #unwanted: Promise<End>[] = [];
  #isOver = false;
  /** Children on the way, which must not be taken for orphans. */
  #expected = 0;

  constructor(surroundings: Surroundings, origin: Origin, events: SessionEvents) {
    this.#surroundings = surroundings;
    this.#origin = origin;
    this.#events = events;
    this.ready = this.#begin();
  }

  get pid(): number | undefined {
    return this.#isOver ? undefined : this.#ref?.pid;
  }

  /** Asks for so many children; not before it serves, when others still read what it says. */
  ask(count: number): void {
    const exchange = this.#exchange;
    if (this.#isOver || !this.#isServing || exchange === undefined) return;
    this.asked += count;
    this.#expect(count);
    exchange.send(Buffer.alloc(count), []).catch(() => this.#end());
    if (!this.#isReading) this.#reading = this.#read(exchange);
  }

  /** Ends it. Resolves when it has ended, and every child that it had on the way. */
  async close(): Promise<void> {
    this.#isOver = true;
    // One that is only being started is stopped as soon as there is something to stop.
    if (this.#ref === undefined) await this.ready.catch(() => {});
    const ref = this.#ref;
    if (ref === undefined) return;
    if (!this.#isServing) {
      this.#exchange?.close();
      ref.signal(sigkill);
    } else {
      // What it is making is ours to reap, so it may finish that, and is heard to its end.
      this.#exchange?.send(Buffer.of(1), []).catch(() => {});
      const late = setTimeout(() => ref.signal(sigkill), leaveMs);
      ref.onEnd(() => clearTimeout(late));
    }
    await endAwaited(ref);
    await this.#reading;
    this.#exchange?.close();
    this.#adoptStrays(ref.pid);
    await Promise.all(this.#unwanted);
  }

  /** In a forked child: it is the parent's. */
  letGo(): void {
    this.#isOver = true;
    this.#expected = 0;
    this.#exchange?.close();
  }

  #expect(more: number): void {
    if (more === 0) return;
    this.#expected += more;
    this.#surroundings.addon.expectChildren(more);
  }

  async #begin(): Promise<void> {
    const ref = await this.#origin.begin((exchange) => {
      this.#exchange = exchange;
    });
    this.#ref = ref;
    const exchange = this.#exchange as Exchange;
    if (this.#isOver) ref.signal(sigkill);
    // What it has said before is heard first: who reads sees the end of the socket.
    ref.onEnd(() => {
      if (this.#isServing && !this.#isReading) this.#end();
    });
    try {
      await this.#untilItServes(exchange, ref);
    } catch (error) {
      this.#leave(exchange, ref);
      throw error;
    }
  }

  async #untilItServes(exchange: Exchange, ref: ProcessRef): Promise<void> {
    let doing = 'before it served';
    const doneBy = setTimeout(() => {
      doing = `${doing}: it took longer than ${patienceMs / 1000} s and was stopped`;
      ref.signal(sigkill);
    }, patienceMs);
    try {
      for (;;) {
        const { data } = await exchange.receive(headerBytes);
        const value = data.readInt32LE(4);
        switch (data.readInt32LE()) {
          case answers.serving:
            this.#isServing = true;
            return;
          case answers.importing:
            doing = `while it imported '${this.#origin.modules[value]}'`;
            break;
          default:
            throw failureOf((await exchange.receive(value)).data);
        }
      }
    } catch (error) {
      if (!(error instanceof Hangup)) throw error;
      if (this.#isOver) throw closed(this.#origin.title);
      const words = endInWords(await endOf(ref));
      throw new ProcessError(`${this.#origin.title} ended (${words}) ${doing}`, {
        code: serverCode,
      });
    } finally {
      clearTimeout(doneBy);
    }
  }

  /** It will not serve, and ends by itself, with what its modules do at an exit. */
  #leave(exchange: Exchange, ref: ProcessRef): void {
    this.#isOver = true;
    exchange.close();
    const late = setTimeout(() => ref.signal(sigkill), leaveMs).unref();
    ref.onEnd(() => clearTimeout(late));
  }

  async #read(exchange: Exchange): Promise<void> {
    this.#isReading = true;
    while (this.asked > 0) {
      try {
        const { data, descriptors } = await exchange.receive(headerBytes);
        this.asked--;
        this.#answered(data.readInt32LE(), data.readInt32LE(4), descriptors);
        this.#expect(-1);
      } catch (error) {
        if (error instanceof Hangup) {
          this.#end();
          break;
        }
        this.asked--;
        this.#expect(-1);
        this.#events.refused(error as Error);
      }
    }
    this.#isReading = false;
  }

  #answered(kind: number, value: number, [control, pidfd = -1]: readonly number[]): void {
    if (kind !== answers.forked || control === undefined) {
      const [code, words] = errnoWords(value);
      const message = `${this.#origin.title} cannot create a process: ${words} (${code})`;
      this.#events.refused(new ProcessError(message, { code, syscall: 'clone', errno: value }));
      return;
    }
    const { addon, processes } = this.#surroundings;
    const ref = processes.born(addon.adopt(value, pidfd), value);
    const candidate = new Candidate(addon, ref, control);
    if (!this.#isOver) {
      this.#events.child(candidate);
      return;
    }
    candidate.discard();
    this.#unwanted.push(endAwaited(ref));
  }

  #end(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#exchange?.close();
    const ref = this.#ref;
    if (ref !== undefined) ref.onEnd(() => this.#adoptStrays(ref.pid));
    this.#events.over();
  }

  /**
   * A server that was killed may have made a child and not told. It is ours, serves nobody, and would
   * stay a zombie. Until it is set up it is in the group of the server, where nobody else is.
   */
  #adoptStrays(group: number): void {
    const { addon, processes } = this.#surroundings;
    for (const { pid, ppid, pgid } of readTable(addon)) {
      if (pgid !== group || ppid !== process.pid || processes.isOurs(pid)) continue;
      const stray = processes.born(addon.adopt(pid, -1), pid);
      stray.signal(sigkill);
      this.#unwanted.push(endAwaited(stray));
    }
    this.#expect(-this.#expected);
  }
}

/**
 * Lines to a file. What the file takes more slowly than it comes is held back within a bound. A file that
 * cannot be written (a full disk) stops no child: its lines are counted, told as lost, and as soon as
 * the file takes something again, it says in their place how many they were.
 */
import { gate, type Gate } from '../gate.ts';
import type { Batch, LogSink } from './batch.ts';
import { WriteFailure, type LogTarget } from './file-target.ts';
import { formatted, Prefixes } from './format.ts';
import type { LogFormat } from './log-options.ts';

/** So many bytes may wait to be written. */
const most = 1024 * 1024;
/** How long a file that failed is left alone, in milliseconds. */
const pauseMs = 1000;
const lineFeed = 0x0a;

/** What a sink for a file needs. */
export interface FileSinkOptions {
  readonly format: LogFormat;
  readonly open: () => Promise<LogTarget>;
  /** Called when lines are lost: the first time, and after each success anew. */
  readonly failed: (error: unknown) => void;
}

/** A sink for a file. */
export class FileSink implements LogSink {
  readonly #options: FileSinkOptions;
  readonly #how = { prefixes: new Prefixes(), coloured: false };
  #queue: Buffer[] = [];
  #size = 0;
  #target: LogTarget | undefined;
  #worker: Promise<void> | undefined;
  #room: Gate | undefined;
  #lost = 0;
  /** The last thing in the file is a part of a line. */
  #torn = false;
  #retryAt = 0;
  #closed = false;

  constructor(options: FileSinkOptions) {
    this.#options = options;
  }

  write(batch: Batch): Promise<void> | undefined {
    const bytes = formatted(batch, this.#options.format, this.#how);
    this.#queue.push(bytes);
    this.#size += bytes.length;
    this.#worker ??= this.#work();
    if (this.#size < most) return undefined;
    this.#room ??= gate();
    return this.#room.promise;
  }

  async flush(): Promise<void> {
    while (this.#worker !== undefined) await this.#worker;
  }

  async close(): Promise<void> {
    await this.flush();
    if (this.#closed) return;
    this.#closed = true;
    // What was lost at the very end is worth one more attempt to say so.
    if (this.#lost > 0) await this.#put(Buffer.alloc(0), true);
    await this.#target?.close().catch(this.#options.failed);
    this.#target = undefined;
  }

  async #work(): Promise<void> {
    while (this.#queue.length > 0) {
      const bytes = Buffer.concat(this.#queue);
      this.#queue = [];
      await this.#put(bytes, false);
      this.#size -= bytes.length;
      if (this.#size < most) {
        this.#room?.resolve();
        this.#room = undefined;
      }
    }
    this.#worker = undefined;
  }

  /** Writes, or counts what is lost. */
  async #put(bytes: Buffer, last: boolean): Promise<void> {
    if (!last && performance.now() < this.#retryAt) {
      this.#lost += linesIn(bytes);
      return;
    }
    const note = this.#note();
    const all = note.length === 0 ? bytes : Buffer.concat([note, bytes]);
    try {
      this.#target ??= await this.#options.open();
      await this.#target.write(all);
      this.#lost = 0;
      this.#torn = false;
    } catch (error) {
      await this.#fail(error, all, note.length);
    }
  }

  async #fail(error: unknown, all: Buffer, noteSize: number): Promise<void> {
    const written = error instanceof WriteFailure ? error.written : 0;
    if (this.#lost === 0) {
      this.#options.failed(error instanceof WriteFailure ? error.cause : error);
    }
    if (written > 0) this.#torn = all[written - 1] !== lineFeed;
    if (written >= noteSize && noteSize > 0) this.#lost = 0;
    this.#lost += linesIn(all.subarray(Math.max(written, noteSize)));
    this.#retryAt = performance.now() + pauseMs;
    const target = this.#target;
    this.#target = undefined;
    try {
      await target?.close();
    } catch {
      // Its failure is told; that it cannot be closed either adds nothing.
    }
  }

  #note(): Buffer {
    const torn = this.#torn ? '\n' : '';
    const lost = this.#lost === 0 ? '' : `brood: ${this.#lost} lines were lost here\n`;
    return Buffer.from(torn + lost);
  }
}

function linesIn(bytes: Buffer): number {
  let count = 0;
  for (let at = bytes.indexOf(lineFeed); at >= 0; at = bytes.indexOf(lineFeed, at + 1)) count++;
  return count;
}

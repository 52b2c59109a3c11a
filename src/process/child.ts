/** A process that this program started: a handle with streams, stopped when it is disposed of. */
import type { Duplex, Readable, Writable } from 'node:stream';

import { invalidType, invalidValue, ProcessError } from '../errors.ts';
import { atFork } from '../platform/forked.ts';
import type { ProcessRef, Started } from '../platform/platform.ts';
import { Ends } from './ends.ts';
import { armExit } from './exitors.ts';
import { Handle } from './handle.ts';
import { linesOf, linesOfAll } from './lines.ts';
import { Offspring } from './offspring.ts';
import { Process } from './process.ts';

/** Which output lines come from. */
export interface LinesOptions {
  /** `'stdout'` if not given; `'all'` takes both, each line whole, in the order in which they come. */
  readonly from?: 'stdout' | 'stderr' | 'all' | undefined;
}

/**
 * A process that this program started. It keeps the event loop alive until it ended, and is stopped
 * when this program ends, unless it is detached.
 *
 * @example
 * ```ts
 * import { spawn } from 'brood';
 * const child = await spawn('printf', ['one\\ntwo']);
 * for await (const line of child) console.log(line); // 'one', then 'two'
 * ```
 */
export class Child extends Process {
  readonly #ends: Ends;

  /** Made by spawn() and its kin. */
  constructor(started: Started, cleanup = true) {
    const handle = new Handle(started.ref);
    super(handle);
    const ends = new Ends(started.ends);
    this.#ends = ends;
    handle.cleanup = cleanup;
    offspring.add(this, handle);
    if (started.ends.size > 0) {
      ends.belongTo(this);
      handle.whenEnded(() => ends.childEnded());
    }
    handle.keep();
    armExit();
  }

  /** The pipe to its standard input; null if that is none. */
  get stdin(): Writable | null {
    return (this.#ends.take(0) as Writable | undefined) ?? null;
  }

  /** The pipe from its standard output; null if that is none. */
  get stdout(): Readable | null {
    return (this.#ends.take(1) as Readable | undefined) ?? null;
  }

  /** The pipe from its standard error; null if that is none. */
  get stderr(): Readable | null {
    return (this.#ends.take(2) as Readable | undefined) ?? null;
  }

  /** Our ends of its pipes and socket pairs, by its descriptor numbers; 0, 1 and 2 included. */
  get fds(): Readonly<Record<number, Readable | Writable | Duplex>> {
    return this.#ends.takeAll();
  }

  /**
   * Its output by lines, without `\n` or `\r\n`; the last one needs none. Who stops early closes the
   * pipe, and the child gets SIGPIPE if it goes on writing, as with `| head -1`.
   *
   * @throws ProcessError `ERR_INVALID_STATE` when that output is no pipe; TypeError.
   */
  lines(options: LinesOptions = {}): AsyncGenerator<string, void, undefined> {
    if (typeof options !== 'object' || options === null) {
      throw invalidType('options', 'an object', options);
    }
    const { from = 'stdout' } = options;
    switch (from) {
      case 'stdout':
        return linesOf(this.#output(1, 'stdout'));
      case 'stderr':
        return linesOf(this.#output(2, 'stderr'));
      case 'all':
        return linesOfAll([this.#output(1, 'stdout'), this.#output(2, 'stderr')]);
      default:
        throw invalidValue('options.from', from, "must be one of 'stdout', 'stderr', 'all'");
    }
  }

  /** Its standard output by lines. */
  [Symbol.asyncIterator](): AsyncGenerator<string, void, undefined> {
    return this.lines();
  }

  /** See `Process`; our ends of its pipes do not keep the event loop alive either. */
  override detach(): this {
    this.#ends.letGo();
    return super.detach();
  }

  /** Terminates it with all that came from it, and closes our ends; one that is detached lives on. */
  override async [Symbol.asyncDispose](): Promise<void> {
    if (!this.handle.detached) await this.terminate({ tree: true });
    if (!this.handle.detached) this.#ends.close();
  }

  #output(number: 1 | 2, name: string): Readable {
    const stream = this.#ends.take(number) as Readable | undefined;
    if (stream !== undefined) return stream;
    throw new ProcessError(
      `${name} of process ${this.pid} is no pipe: spawn it with ${name}: 'pipe'`,
      {
        code: 'ERR_INVALID_STATE',
        pid: this.pid,
      },
    );
  }
}

/** The children of this program, for waitAny(). */
export const offspring: Offspring<Process> = new Offspring((handle) => new Process(handle));

atFork((inChild) => offspring.atFork(inChild));

/**
 * A child that was forked: its handle neither keeps the loop alive nor stops it at the end, as with
 * fork(2). For brood's own rooms.
 */
export function forkedChild(ref: ProcessRef): Process {
  const handle = new Handle(ref);
  const child = new Process(handle);
  offspring.add(child, handle);
  return child;
}

/** The child for what the platform started. `cleanup`: stopped when this program ends. */
export function childOf(started: Started, cleanup = true): Child {
  return new Child(started, cleanup);
}

/** A worker of a pool inside its process: one call after the other, each with its answer. */
import { inspect } from 'node:util';

import { encodeThrown } from '../channel/error-codec.ts';
import type { Arrived } from '../channel/frame.ts';
import type { Wire } from '../channel/wire.ts';
import type { ControlLine } from './control-line.ts';
import { finish } from './finish.ts';
import type { AnyFunction } from './load-function.ts';
import { StrayWatch } from './stray-watch.ts';
import type { FailureStage } from './task-messages.ts';
import {
  workerKinds,
  type Answer,
  type Call,
  type CallFailure,
  type LastWords,
} from './worker-messages.ts';

/** So often a worker looks how much memory it holds, at most. */
const lookEveryMs = 50;

/** What a worker has to do its calls with. */
export interface Handling {
  /** Done once, before it can be called. */
  begin(): unknown;
  /** What is called; throws a TypeError that says what there is instead. */
  find(name: string): AnyFunction;
  /** What `this` is in it. */
  readonly self: unknown;
  /** The resident bytes above which it wants to be replaced. */
  readonly maxMemory: number | undefined;
}

/** A call that has begun. */
interface Running {
  readonly id: number;
  isOver: boolean;
}

/** Serves calls until it is told to leave, or nobody is there any more. */
export class WorkerServer {
  readonly #wire: Wire;
  readonly #handling: Handling;
  readonly #found = new Map<string, AnyFunction>();
  readonly #strays: StrayWatch;
  /** Calls that came while another one was running. */
  readonly #waiting: Call[] = [];
  #running: Running | undefined;
  #isLeaving = false;
  #lookedMs = 0;

  constructor(line: ControlLine, handling: Handling) {
    this.#wire = line.wire;
    this.#handling = handling;
    this.#strays = new StrayWatch({
      running: () => this.#running,
      dying: (error) => {
        const words: LastWords = [this.#running?.id, encodeThrown(error)];
        this.#wire.put(workerKinds.uncaught, words);
      },
      stray: (error) => this.#retire(error),
    });
    line.listener = {
      arrived: (message) => this.#arrived(message),
      over: () => process.exit(1),
    };
    this.#wire.hold();
  }

  /** Makes it ready, and tells that it is, or why it never will be. */
  begin(): void {
    this.#strays.begin();
    process.on('beforeExit', this.#stall);
    void this.#begin();
  }

  /** After a rehearsal: this process goes on as if there had been no worker. */
  abandon(): void {
    this.#strays.end();
    process.off('beforeExit', this.#stall);
    this.#wire.abandon();
  }

  async #begin(): Promise<void> {
    try {
      await this.#handling.begin();
    } catch (error) {
      this.#fail(workerKinds.unfit, 0, { stage: 'load', error });
      return finish(1);
    }
    this.#wire.put(workerKinds.ready, undefined);
  }

  #arrived({ kind, value }: Arrived): void {
    if (kind === workerKinds.leave) {
      this.#isLeaving = true;
      if (this.#running === undefined) void finish(0);
      return;
    }
    if (this.#running !== undefined) this.#waiting.push(value as Call);
    else this.#call(value as Call);
  }

  #call([id, name, ...args]: Call): void {
    const running: Running = { id, isOver: false };
    this.#running = running;
    let returned: unknown;
    try {
      const fn = this.#find(running, name);
      if (fn === undefined) return;
      returned = this.#strays.within(running, () => Reflect.apply(fn, this.#handling.self, args));
    } catch (error) {
      return this.#threw(running, error);
    }
    if (!isThenable(returned)) return this.#answer(running, returned);
    // From here on the loop is kept alive by what the function waits for, or by nothing: see #stall.
    this.#wire.release();
    Promise.resolve(returned).then(
      (value) => this.#isOver(running) || (this.#wire.hold(), this.#answer(running, value)),
      (error: unknown) => this.#isOver(running) || (this.#wire.hold(), this.#threw(running, error)),
    );
  }

  /** A promise that resolves after all has lost its call. */
  #isOver(running: Running): boolean {
    return running.isOver;
  }

  #find(running: Running, name: string): AnyFunction | undefined {
    let fn = this.#found.get(name);
    if (fn !== undefined) return fn;
    try {
      fn = this.#handling.find(name);
    } catch (error) {
      this.#fail(workerKinds.failure, running.id, { stage: 'load', error });
      this.#done(running);
      return undefined;
    }
    this.#found.set(name, fn);
    return fn;
  }

  #answer(running: Running, value: unknown): void {
    try {
      this.#wire.put(workerKinds.answer, [running.id, value] satisfies Answer);
    } catch (error) {
      this.#fail(workerKinds.failure, running.id, { stage: 'clone', error, did: 'returned' });
    }
    this.#done(running);
  }

  #threw(running: Running, error: unknown): void {
    this.#fail(workerKinds.failure, running.id, { stage: 'run', error });
    this.#done(running);
  }

  #done(running: Running): void {
    running.isOver = true;
    this.#running = undefined;
    if (this.#handling.maxMemory !== undefined) this.#look(this.#handling.maxMemory);
    const next = this.#waiting.shift();
    if (next !== undefined) this.#call(next);
    else if (this.#isLeaving) void finish(0);
  }

  #fail(
    kind: number,
    id: number,
    failed: { readonly stage: FailureStage; readonly error: unknown; readonly did?: string },
  ): void {
    const { error, did = 'threw' } = failed;
    const thrown = encodeThrown(error);
    const message = error instanceof Error ? error.message : '';
    const failure: CallFailure =
      thrown === undefined
        ? {
            id,
            stage: 'clone',
            words: `threw ${inspect(error, { depth: 0 })}, which cannot be cloned`,
            thrown,
          }
        : {
            id,
            stage: failed.stage,
            words: failed.stage === 'clone' ? `${did} what cannot be cloned: ${message}` : message,
            thrown,
          };
    this.#wire.put(kind, failure);
  }

  /** How much memory it holds; asked of the kernel now and then only, as it takes longer than a call. */
  #look(most: number): void {
    const now = performance.now();
    if (now - this.#lookedMs < lookEveryMs) return;
    this.#lookedMs = now;
    if (process.memoryUsage.rss() > most) this.#wire.put(workerKinds.retire, undefined);
  }

  #retire(error: unknown): void {
    this.#wire.put(workerKinds.retire, encodeThrown(error));
  }

  /** The loop has nothing left to do: what the call waits for can never come. */
  readonly #stall = (): void => {
    const running = this.#running;
    if (running === undefined || running.isOver) return;
    this.#wire.hold();
    this.#fail(workerKinds.failure, running.id, { stage: 'stalled', error: undefined });
    this.#done(running);
  };
}

function isThenable(value: unknown): boolean {
  return (
    typeof value === 'object' &&
    value !== null &&
    typeof (value as { then?: unknown }).then === 'function'
  );
}

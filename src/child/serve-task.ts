/** A task inside its process: from its job to its result. */
import { inspect } from 'node:util';

import { encodeThrown } from '../channel/error-codec.ts';
import type { Wire } from '../channel/wire.ts';
import { ControlLine } from './control-line.ts';
import { finish } from './finish.ts';
import { answer, streamOf } from './generator-server.ts';
import { explainLostVariable, loadFunction, type AnyFunction } from './load-function.ts';
import { openTaskChannel, type OwnChannel } from './task-channel.ts';
import {
  kinds,
  type FailureStage,
  type Job,
  type Request,
  type Target,
  type TaskFlags,
} from './task-messages.ts';

/** The exit code of Node for a program that waits for what can never come. */
const stalledCode = 13;

/** Does a task's job that is in the memory of this process already. */
export function serveJob(
  controlFd: number,
  target: Target | AnyFunction,
  { args, ...flags }: TaskFlags & { readonly args: readonly unknown[] },
): void {
  // Who listens is told below, before anything can arrive.
  const server = new TaskServer(new ControlLine(controlFd, undefined as never));
  if (typeof target === 'function') server.run(() => target(...args), flags);
  else server.runJob({ target, args, ...flags });
}

/**
 * Runs the function of a job, sends its result, and ends the process, unless the job says that what the
 * function left open goes on.
 */
export class TaskServer {
  readonly #wire: Wire;
  readonly #channel: OwnChannel;
  #flags: TaskFlags = { linger: false, survives: false };
  /** Has sent all that the parent waits for. */
  #isDone = false;
  #onRequest: ((request: Request) => void) | undefined;

  constructor(line: ControlLine) {
    this.#wire = line.wire;
    line.listener = {
      arrived: (message) => {
        if (message.kind === kinds.request) this.#onRequest?.(message.value as Request);
        else this.#channel.arrived(message);
      },
      over: (error) => {
        this.#channel.over(error);
        this.#orphaned();
      },
    };
    this.#channel = openTaskChannel(this.#wire);
  }

  /** Runs a function to its end and sends what comes of it. */
  run(call: () => unknown, flags: TaskFlags): void {
    this.#flags = flags;
    this.#watch();
    void this.#run(call);
  }

  /** Loads the function, and runs it like {@link TaskServer.run}. */
  runJob(job: Job): void {
    void this.#runJob(job);
  }

  async #runJob({ target, args, ...flags }: Job): Promise<void> {
    this.#flags = flags;
    this.#watch();
    let fn: AnyFunction;
    try {
      fn = await loadFunction(target);
    } catch (error) {
      return this.#fail('load', error);
    }
    const call = (): unknown => fn(...args);
    return this.#run(call, (thrown) => explainLostVariable(thrown, target));
  }

  async #run(call: () => unknown, explain: (thrown: unknown) => void = () => {}): Promise<void> {
    let returned: unknown;
    try {
      returned = call();
      let stream = streamOf(returned);
      if (stream === undefined) {
        returned = await returned;
        stream = streamOf(returned);
      }
      if (stream !== undefined) return this.#serveStream(stream, explain);
    } catch (thrown) {
      explain(thrown);
      return this.#fail('run', thrown);
    }
    try {
      await this.#send(kinds.result, returned);
    } catch (error) {
      return this.#fail('clone', error, 'returned');
    }
    return this.#end(0);
  }

  /** One item for each request, one after the other. */
  #serveStream(
    iterator: NonNullable<ReturnType<typeof streamOf>>,
    explain: (thrown: unknown) => void,
  ): void {
    let last: Promise<unknown> = Promise.resolve();
    const serve = async (request: Request): Promise<void> => {
      if (this.#isDone) return;
      let item: IteratorResult<unknown, unknown>;
      try {
        item = await answer(iterator, request);
      } catch (thrown) {
        explain(thrown);
        return this.#fail('run', thrown);
      }
      try {
        await this.#send(kinds.item, item);
      } catch (error) {
        // What the generator has to tidy up is tidied up; why we end is told whatever that throws.
        await (async () => iterator.return?.())().catch(() => {});
        return this.#fail('clone', error, item.done === true ? 'returned' : 'yielded');
      }
      if (item.done === true) return this.#end(0);
      this.#wire.hold();
    };
    this.#onRequest = (request) => {
      last = last.then(() => {
        this.#wire.release();
        return serve(request);
      });
    };
    this.#wire.hold();
    this.#wire.post(kinds.stream, undefined);
  }

  /** Resolves when the parent's kernel has it, or the parent is gone; throws what cannot be cloned. */
  async #send(kind: number, value: unknown): Promise<void> {
    const sent = this.#wire.send(kind, value);
    this.#wire.hold();
    // The parent is gone: that is dealt with where it is noticed.
    await sent.catch(() => {});
    this.#wire.release();
  }

  async #fail(stage: FailureStage, error: unknown, did = 'threw'): Promise<void> {
    const thrown = encodeThrown(error);
    if (thrown === undefined) {
      await this.#send(kinds.failure, {
        stage: 'clone',
        words: `${did} ${inspect(error, { depth: 0 })}, which cannot be cloned`,
        thrown: undefined,
      });
    } else {
      const message = error instanceof Error ? error.message : '';
      const words = stage === 'clone' ? `${did} what cannot be cloned: ${message}` : message;
      await this.#send(kinds.failure, { stage, words, thrown });
    }
    return this.#end(1);
  }

  async #end(code: number): Promise<void> {
    this.#isDone = true;
    process.off('uncaughtExceptionMonitor', this.#tellUncaught);
    process.off('beforeExit', this.#stall);
    if (!this.#flags.linger) await finish(code);
    else if (code !== 0) process.exitCode ??= code;
  }

  #watch(): void {
    process.on('uncaughtExceptionMonitor', this.#tellUncaught);
    process.on('beforeExit', this.#stall);
  }

  /** Small enough to be written at once: there is no later. */
  readonly #tellUncaught = (error: unknown): void => {
    this.#wire.post(kinds.uncaught, encodeThrown(error));
  };

  readonly #stall = (): void => {
    this.#wire.post(kinds.failure, { stage: 'stalled', words: '', thrown: undefined });
    process.exit(stalledCode);
  };

  /** Nobody waits for the result any more. */
  #orphaned(): void {
    if (!this.#flags.survives) process.exit(1);
  }
}

/** What comes of a task: from the messages and the end of its process to one promise. */
import { Channel, deliver, endChannel } from '../../channel/channel.ts';
import { decodeThrown, type CodedThrow } from '../../channel/error-codec.ts';
import type { Arrived } from '../../channel/frame.ts';
import { Wire } from '../../channel/wire.ts';
import { kinds, userLane, type Failure, type FailureStage } from '../../child/task-messages.ts';
import { TimeoutError } from '../../errors.ts';
import type { ExitStatus } from '../../status/exit-status.ts';
import { abortError } from '../abort-error.ts';
import { Drain, type Outlet } from '../drain.ts';
import { ItemStream } from './item-stream.ts';
import type { StartedTask } from './methods/method.ts';
import type { Tail } from './stderr-tail.ts';
import { TaskError, type TaskErrorCode } from './task-error.ts';

/** Milliseconds of silence, after the end, until what a grandchild holds is given up. */
const drainMs = 100;

const codes: Record<Exclude<FailureStage, 'run'>, TaskErrorCode> = {
  load: 'ERR_TASK_MODULE',
  clone: 'ERR_TASK_UNCLONABLE',
  stalled: 'ERR_TASK_STALLED',
};

/** What is known of a task from its start on. */
interface About {
  readonly name: string;
  readonly pid: number;
  readonly bound: StartedTask['plan']['bound'];
  readonly tail: Tail;
  readonly errors: Outlet | undefined;
}

type Settled = { readonly value: unknown } | { readonly error: unknown };

/** The result of a task, and its channel. */
export class Outcome {
  readonly channel: Channel;
  readonly #wire: Wire;
  readonly #about: About;
  #settled: Settled | undefined;
  #promise: Promise<unknown> | undefined;
  #resolve: (() => void) | undefined;
  #holds = false;
  #stream: ItemStream | undefined;
  #failure: Failure | undefined;
  #uncaught: { readonly error: unknown } | undefined;
  /** We ended it, because its time was over or its signal aborted. */
  #stopped = false;
  /** The failure is no surprise to anybody: it is no unhandled rejection. */
  #expected = false;

  constructor({ control, job }: StartedTask, about: About) {
    this.#about = about;
    const peer = `the task '${about.name}' (process ${about.pid})`;
    this.#wire = new Wire(control, peer, {
      arrived: (message) => this.#arrived(message),
      over: (error) => {
        endChannel(this.channel, error);
        if (error?.code === 'ERR_CHANNEL_CORRUPT') this.#fail(error);
      },
    });
    this.channel = new Channel(this.#wire, userLane);
    this.hold();
    // That it did not take the job is told by its end.
    if (job !== undefined) this.#wire.write(job).catch(() => {});
  }

  /** Whether the function has done all it was asked for, whatever came of it. */
  get isOver(): boolean {
    return this.#settled !== undefined && (this.#stream === undefined || this.#stream.isOver);
  }

  /** Keeps the loop alive until there is a result. */
  hold(): void {
    if (this.#holds || this.#settled !== undefined) return;
    this.#holds = true;
    this.#wire.hold();
  }

  letGo(): void {
    if (!this.#holds) return;
    this.#holds = false;
    this.#wire.release();
  }

  /** The result. Made when it is first asked for: nobody is told of a failure who did not look. */
  promise(): Promise<unknown> {
    if (this.#promise !== undefined) return this.#promise;
    this.hold();
    const promise = new Promise<void>((resolve) => {
      this.#resolve = resolve;
      if (this.#settled !== undefined) resolve();
    }).then(() => {
      const settled = this.#settled as Settled;
      if ('error' in settled) throw settled.error;
      return settled.value;
    });
    this.#promise = promise;
    if (this.#expected) promise.catch(() => {});
    return promise;
  }

  /** It is being ended on purpose by who holds it. */
  expectEnd(): void {
    this.#expected = true;
    this.#promise?.catch(() => {});
  }

  /** Its time is over, or its signal was aborted: it is being stopped. */
  stopping(): void {
    this.#stopped = !this.isOver;
  }

  /** Its process has ended. What it sent before is still on its way to us. */
  async ended(status: ExitStatus): Promise<void> {
    const { errors } = this.#about;
    const outlets = [{ stream: this.#wire.stream }, ...(errors === undefined ? [] : [errors])];
    if (!this.isOver) {
      const drain = new Drain(outlets, drainMs);
      drain.exited();
      await drain.done;
    }
    if (!this.isOver) this.#fail(this.#errorOf(status));
  }

  #arrived(message: Arrived): void {
    const { kind, value } = message;
    switch (kind) {
      case kinds.result:
        this.#settle({ value });
        break;
      case kinds.stream:
        this.#stream = new ItemStream(this.#wire);
        this.#settle({ value: this.#stream });
        break;
      case kinds.item:
        this.#stream?.item(value as IteratorResult<unknown, unknown>);
        break;
      case kinds.failure:
        this.#failed(value as Failure);
        break;
      case kinds.uncaught:
        if (value !== undefined) this.#uncaught = { error: decodeThrown(value as CodedThrow) };
        break;
      default:
        deliver(this.channel, message);
    }
  }

  #failed(failure: Failure): void {
    // How its process ended belongs to all other failures: told when that is known.
    if (failure.stage !== 'run') this.#failure = failure;
    else this.#fail(decodeThrown(failure.thrown as CodedThrow));
  }

  #fail(error: unknown): void {
    if (this.#stream !== undefined) this.#stream.end(error);
    else this.#settle({ error });
  }

  #settle(settled: Settled): void {
    if (this.#settled !== undefined) return;
    this.#settled = settled;
    this.letGo();
    this.#resolve?.();
  }

  #errorOf(status: ExitStatus): Error {
    const { name, pid, bound, tail } = this.#about;
    const stderr = tail.text();
    if (this.#stopped) {
      const { signal } = bound ?? {};
      const error =
        signal?.aborted === true
          ? abortError(signal)
          : new TimeoutError(`task '${name}' took longer than it may: ${status.toString()}`, {
              pid,
            });
      return Object.assign(error, { task: name, status, stderr });
    }
    const failure = this.#failure;
    const details = { task: name, pid, status, stderr };
    if (failure === undefined) {
      return new TaskError(`ended without a result: ${status.toString()}`, {
        ...details,
        code: 'ERR_TASK_EXIT',
        cause: this.#uncaught?.error,
      });
    }
    return new TaskError(wordsFor(failure), {
      ...details,
      code: codes[failure.stage as keyof typeof codes],
      cause: failure.thrown && decodeThrown(failure.thrown),
    });
  }
}

function wordsFor({ stage, words }: Failure): string {
  if (stage === 'clone') return words;
  if (stage === 'load') return `could not be loaded: ${words}`;
  return 'ended without a result: it waited for something that could never come';
}

/** One worker of a pool, as the program has it. */
import type { Socket } from 'node:net';

import { decodeThrown } from '../channel/error-codec.ts';
import type { Arrived, Frame } from '../channel/frame.ts';
import { Wire } from '../channel/wire.ts';
import {
  workerKinds,
  type Answer,
  type CallFailure,
  type LastWords,
} from '../child/worker-messages.ts';
import { Drain, type Outlet } from '../create/drain.ts';
import type { StartedTask } from '../create/task/methods/method.ts';
import { relayErrors, Tail } from '../create/task/stderr-tail.ts';
import { childOf, type Child } from '../process/child.ts';
import { stopProcess, whenEnded } from '../process/process.ts';
import type { ExitStatus } from '../status/exit-status.ts';

/** Milliseconds of silence, after the end, until what a grandchild holds is given up. */
const drainMs = 100;
/** How long one that was told to leave may take, in milliseconds. */
const leaveMs = 5000;
/** How long one that closed its end may take to end. */
const cutOffMs = 50;
const sigkill = 9;

/** Where a worker is in its life. */
export type WorkerState = 'starting' | 'idle' | 'busy' | 'ending';

/** How a worker ended, with what it said of it. */
export interface WorkerEnd {
  readonly status: ExitStatus;
  readonly stderr: string;
  /** The error that nobody in it caught, or why it could not begin. */
  readonly cause: unknown;
  /** What was sent to it last never came to it. */
  readonly wasUnread: boolean;
}

/** What a worker is given. */
export interface Order {
  readonly id: number;
  readonly frame: Frame;
}

/** Who looks after workers. */
export interface WorkerEvents<T extends Order> {
  ready(worker: Worker<T>): void;
  answered(worker: Worker<T>, task: T, value: unknown): void;
  failed(worker: Worker<T>, task: T, failure: CallFailure): void;
  /** It wants to be replaced when it has done what it does. */
  retiring(worker: Worker<T>): void;
  /** Its process has ended: it can do nothing more. What it said before may still be on its way. */
  gone(worker: Worker<T>): void;
  /** All that it said has been heard. */
  ended(worker: Worker<T>, end: WorkerEnd): void;
}

/** A process that was started for the pool. */
export class Worker<T extends Order> {
  state: WorkerState = 'starting';
  /** What it does at the moment. */
  running: T | undefined;
  /** What only this worker is to do. */
  readonly own: T[] = [];
  /** How many tasks it was given. */
  tasks = 0;
  /** It is given nothing more. */
  isRetiring = false;
  /** performance.now() when it became idle. */
  idleSince = 0;
  /** Whether it was ever ready. */
  hasBegun = false;
  readonly #child: Child;
  readonly #wire: Wire;
  readonly #events: WorkerEvents<T>;
  readonly #tail = new Tail();
  readonly #errors: Outlet | undefined;
  #cause: unknown;
  #wasUnread = false;
  #late: NodeJS.Timeout | undefined;
  /** Resolves when it has ended and all was heard. */
  readonly done: Promise<void>;
  #resolve!: () => void;

  constructor({ started, control, job }: StartedTask, events: WorkerEvents<T>) {
    this.#events = events;
    this.done = new Promise((resolve) => {
      this.#resolve = resolve;
    });
    const ends = new Map(started.ends);
    const errors = ends.get(2) as Socket | undefined;
    ends.delete(2);
    if (errors !== undefined) {
      this.#errors = relayErrors(errors, this.#tail);
      errors.unref();
    }
    this.#child = childOf({ ref: started.ref, ends });
    this.#child.unref();
    this.#wire = new Wire(control, `worker ${started.ref.pid} of the pool`, {
      arrived: (message) => this.#arrived(message),
      over: () => this.#cutOff(),
    });
    // The kernel says so when what we sent was still unread at the end.
    control.on('error', ({ code }: NodeJS.ErrnoException) => {
      if (code === 'ECONNRESET' || code === 'EPIPE') this.#wasUnread = true;
    });
    whenEnded(this.#child, (status) => void this.#ended(status));
    if (job !== undefined) this.#wire.putFrame(job);
  }

  get pid(): number {
    return this.#child.pid;
  }

  /** Whether it can be given something now. */
  get isFree(): boolean {
    return this.state === 'idle' && !this.isRetiring;
  }

  /** Gives it a task. */
  give(task: T): void {
    this.state = 'busy';
    this.running = task;
    this.tasks++;
    if (this.#wire.isClosed) this.#wasUnread = true;
    else this.#wire.putFrame(task.frame);
  }

  /** It may do what it does, and ends then. */
  leave(): void {
    if (this.state === 'ending') return;
    this.state = 'ending';
    this.#wire.put(workerKinds.leave, undefined);
    this.#late = setTimeout(() => this.kill(), leaveMs).unref();
  }

  /** Ends it at once, with all that it started. */
  kill(): void {
    this.isRetiring = true;
    if (this.#child.exitStatus !== undefined) return;
    this.state = 'ending';
    stopProcess(this.#child, { signalNumber: sigkill, graceMs: 0, tree: true }).catch(() => {
      // One that changed its user: the end of its connection ends it.
      this.#wire.abandon();
    });
  }

  /** One that cannot be talked to is of no use. Mostly it is about to be gone anyway. */
  #cutOff(): void {
    this.isRetiring = true;
    if (this.state !== 'busy') this.state = 'ending';
    this.#late ??= setTimeout(() => this.#child.kill(), cutOffMs).unref();
  }

  #arrived({ kind, value }: Arrived): void {
    switch (kind) {
      case workerKinds.answer: {
        const [id, answer] = value as Answer;
        const task = this.#taken(id);
        if (task !== undefined) this.#events.answered(this, task, answer);
        break;
      }
      case workerKinds.failure: {
        const failure = value as CallFailure;
        const task = this.#taken(failure.id);
        if (task !== undefined) this.#events.failed(this, task, failure);
        break;
      }
      case workerKinds.ready:
        this.hasBegun = true;
        if (this.state === 'starting') this.state = 'idle';
        this.#events.ready(this);
        break;
      case workerKinds.unfit:
        this.#cause = causeOf(value as CallFailure);
        break;
      case workerKinds.uncaught:
        this.#lastWords(value as LastWords);
        break;
      case workerKinds.retire:
        this.isRetiring = true;
        this.#events.retiring(this);
        break;
    }
  }

  #lastWords([id, thrown]: LastWords): void {
    this.isRetiring = true;
    if (thrown !== undefined) this.#cause = decodeThrown(thrown);
    // What was sent meanwhile it does not come to. (libuv does not look for the kernel's word after ours.)
    if (this.running?.id !== id) this.#wasUnread = true;
  }

  /** What it has answered; undefined if that is not what it was given. */
  #taken(id: number): T | undefined {
    const task = this.running;
    if (task?.id !== id) return undefined;
    this.running = undefined;
    if (this.state === 'busy') this.state = 'idle';
    return task;
  }

  async #ended(status: ExitStatus): Promise<void> {
    this.state = 'ending';
    this.isRetiring = true;
    clearTimeout(this.#late);
    this.#events.gone(this);
    const outlets = [
      { stream: this.#wire.stream },
      ...(this.#errors === undefined ? [] : [this.#errors]),
    ];
    const drain = new Drain(outlets, drainMs);
    drain.exited();
    await drain.done;
    this.#events.ended(this, {
      status,
      stderr: this.#tail.text(),
      cause: this.#cause,
      wasUnread: this.#wasUnread,
    });
    this.#resolve();
  }
}

/** What kept a worker from beginning. */
function causeOf({ thrown, words }: CallFailure): unknown {
  return thrown === undefined ? new Error(words) : decodeThrown(thrown);
}

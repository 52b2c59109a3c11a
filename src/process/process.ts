/** The handle on a process, whoever started it. */
import { constants } from 'node:os';
import { inspect } from 'node:util';

import { invalidType } from '../errors.ts';
import type { ProcessRef } from '../platform/platform.ts';
import { signalNumberOrZero, type SignalName } from '../signal/signal-names.ts';
import type { ExitStatus } from '../status/exit-status.ts';
import { AttributeHandle } from './attribute-handle.ts';
import { Handle } from './handle.ts';
import { childrenOf, descendantsOf, parentOf, type Relative } from './kinship.ts';
import { livingChildren } from './living.ts';
import { send } from './send.ts';
import { checkScope, checkTerminate, type Scope, type TerminateOptions } from './stop-options.ts';
import { stop, type StopRequest } from './terminate.ts';
import { checkBound, type WaitOptions } from './time.ts';

const { SIGKILL, SIGSTOP, SIGCONT } = constants.signals;

let handleOf: (process: Process) => Handle;
let self: Process | undefined;

/**
 * A process: a child of this program, another one that was looked up by its pid, or this program. It
 * stays what it is: after the process ended, the handle never comes to mean another of the same pid.
 *
 * A pending wait() keeps the event loop alive; the mere handle does not, unless it is a `Child`.
 *
 * @example
 * ```ts
 * import { attach } from 'brood';
 * const me = attach(process.pid);
 * console.log(me.pid === process.pid, me.isAlive()); // true true
 * ```
 */
export class Process extends AttributeHandle {
  static {
    handleOf = (process) => process.handle;
    Object.defineProperty(Process.prototype, inspect.custom, {
      value(this: Process): string {
        return `[${this.toString()}]`;
      },
    });
  }

  /** Made by spawn(), attach() and their kin; not by hand. */
  constructor(handle: Handle) {
    if (!(handle instanceof Handle))
      throw invalidType('handle', 'what spawn() or attach() makes', handle);
    super(handle);
  }

  /** Its process id. It may be another's once this process ended; the handle knows. */
  get pid(): number {
    return this.handle.pid;
  }

  /** Whether it is this very program. */
  get isCurrent(): boolean {
    return false;
  }

  /**
   * Whether it has not ended. Asks the kernel. One that is no child of ours counts as ended once its
   * parent has reaped it, or has not done so for a moment.
   */
  isAlive(): boolean {
    return this.handle.status() === undefined;
  }

  /** How it ended; undefined while it runs. Asks the kernel. */
  get exitStatus(): ExitStatus | undefined {
    return this.handle.status();
  }

  /** Keeps the event loop alive until it ended. */
  ref(): this {
    this.handle.keep();
    return this;
  }

  /** Neither the process nor the waits so far keep the event loop alive; a later wait() does again. */
  unref(): this {
    this.handle.letGo();
    return this;
  }

  /**
   * Lets it live on: it is not stopped when this program ends, and does not keep the event loop alive.
   * Its end is still noticed, so a child leaves no zombie.
   */
  detach(): this {
    this.handle.cleanup = false;
    this.handle.detached = true;
    if (this.handle.ref.owned) this.handle.ref.setCleanup(false);
    return this.unref();
  }

  /**
   * How it ended, once it has; at once if it already has. Can be asked as often as one likes. With a
   * bound, undefined when that is over first, and the process is left alone.
   *
   * A process that is no child of ours tells its exit code on Linux 6.15 and later only; elsewhere its
   * status is `'unobserved'`. Source: waitid(2), pidfd_open(2).
   *
   * @throws TypeError, RangeError for bounds that make no sense, as rejections.
   *
   * @example
   * ```ts
   * import { spawn } from 'brood';
   * await using child = await spawn('sleep', ['60']);
   * console.log(await child.wait({ timeout: 10 })); // undefined
   * ```
   */
  wait(): Promise<ExitStatus>;
  wait(options: WaitOptions | undefined): Promise<ExitStatus | undefined>;
  // Not async: all who wait without a bound share one promise.
  wait(options?: WaitOptions): Promise<ExitStatus | undefined> {
    try {
      const bound = checkBound(options, 'options');
      return bound === undefined ? this.handle.wait() : this.handle.waitWithin(bound);
    } catch (error) {
      return Promise.reject(error);
    }
  }

  /**
   * Like wait(), blocking this thread: no timer fires and no stream flows until it returns, so a child
   * that writes much to a pipe never ends. A signal is only looked at when it starts.
   *
   * @example
   * ```ts
   * import { spawn } from 'brood';
   * const child = await spawn('true');
   * console.log(child.waitSync().code); // 0
   * ```
   */
  waitSync(): ExitStatus;
  waitSync(options: WaitOptions | undefined): ExitStatus | undefined;
  waitSync(options?: WaitOptions): ExitStatus | undefined {
    return this.handle.waitSync(checkBound(options, 'options'));
  }

  /**
   * Sends a signal: false if it already ended. 0 sends none, and tells whether one could be sent.
   * With `tree` or `group`, to all that belong to it. Source: pidfd_send_signal(2).
   *
   * @throws TypeError `ERR_UNKNOWN_SIGNAL`, PermissionError; ProcessError `ERR_INVALID_STATE` for a
   * tree or group that this program is in.
   */
  signal(signal: SignalName | number, options?: Scope): boolean {
    const number = signalNumberOrZero(signal, 'signal');
    return send(this.handle, number, checkScope(options, 'options'));
  }

  /**
   * Asks it to end (SIGTERM), and sees to it that it does: SIGKILL after the grace. A stopped process
   * is continued so that it can act. Resolves as soon as it ended; with `tree` or `group`, as soon as
   * all of them have.
   *
   * @throws PermissionError, as a rejection.
   *
   * @example
   * ```ts
   * import { spawn } from 'brood';
   * const child = await spawn('sleep', ['60']);
   * console.log(String(await child.terminate())); // killed by SIGTERM
   * ```
   */
  async terminate(options?: TerminateOptions): Promise<ExitStatus> {
    return await stop(this.handle, checkTerminate(options, 'options'));
  }

  /** SIGKILL: false if it already ended. With `tree` or `group` to all that belong to it, for good. */
  kill(options?: Scope): boolean {
    return send(this.handle, SIGKILL, checkScope(options, 'options'));
  }

  /** Stops it (SIGSTOP) until resume(): false if it already ended. */
  suspend(): boolean {
    return this.handle.ref.signal(SIGSTOP);
  }

  /** Lets a stopped process go on (SIGCONT): false if it already ended. */
  resume(): boolean {
    return this.handle.ref.signal(SIGCONT);
  }

  /** Its parent now; undefined if it has none that can be seen, or has itself ended. */
  parent(): Process | undefined {
    const relative = parentOf(this.handle);
    return relative && relate(relative);
  }

  /** Its children that have not ended. */
  children(): Process[] {
    return childrenOf(this.handle).map(relate);
  }

  /** Its children, their children, and so on, in the order of the generations. */
  descendants(): Process[] {
    return descendantsOf(this.handle).map(relate);
  }

  /**
   * Leaves the process alone, and gives back the descriptor that the handle held; whoever asks it
   * something after that finds the same process again by its start time. A `Child` is terminated.
   */
  async [Symbol.asyncDispose](): Promise<void> {
    this.handle.release();
  }

  /** `'Process 1234 (running)'` */
  override toString(): string {
    return `${this.constructor.name} ${this.pid} (${this.exitStatus?.toString() ?? 'running'})`;
  }
}

/** A process for a reference of the platform; the same object for a child, and for this program. */
export function processOf(ref: ProcessRef): Process {
  return relate({ pid: ref.pid, ref });
}

/**
 * Calls back when a process has ended, and keeps neither the loop alive nor the child from waitAny().
 * Returns what cancels it. For brood's own rooms.
 */
export function whenEnded(process: Process, callback: (status: ExitStatus) => void): () => void {
  return handleOf(process).whenEnded(callback);
}

/** Asks a process to end, and sees to it that it does. For brood's own rooms. */
export const stopProcess = (process: Process, request: StopRequest): Promise<ExitStatus> =>
  stop(handleOf(process), request);

/** Says which object stands for this program. */
export function setSelf(process: Process): void {
  self = process;
}

function relate({ pid, ref }: Relative): Process {
  if (ref === undefined || pid === process.pid) return self as Process;
  const known = livingChildren.get(pid)?.process;
  return known instanceof Process ? known : new Process(new Handle(ref));
}

/** Looks after children: starts them in order, restarts them, and stops them until nothing is left. */
import { invalidType, invalidValue, ProcessError } from '../errors.ts';
import { checkOptions } from './check-options.ts';
import type { SupervisorOptions } from './child-spec.ts';
import { Engine } from './engine.ts';
import { eventTypes, type SupervisorEvent, type SupervisorEventType } from './events.ts';
import type { KeptLine } from './log/tail.ts';
import { Operations } from './operations.ts';
import type { ListeningSocket } from './sockets.ts';
import type { ChildState } from './state.ts';
import type { SupervisorEnd } from './supervisor-end.ts';

/** How one instance of a child is. */
export interface ChildStatus {
  readonly name: string;
  readonly instance: number;
  readonly state: ChildState;
  readonly pid: number | undefined;
  /** Milliseconds since its process was started. */
  readonly uptimeMs: number | undefined;
  readonly restarts: number;
  /** What it says of its state (STATUS= of sd_notify(3)). */
  readonly text: string | undefined;
}

/** Which events are wanted, and until when. */
export interface EventOptions {
  /** All but `'log'` by default. */
  readonly types?: readonly SupervisorEventType[] | undefined;
  /** Ends it. */
  readonly signal?: AbortSignal | undefined;
}

/** Which lines are wanted. */
export interface TailOptions {
  /** Names of children (`api`) or instances (`api.2`); all by default. */
  readonly names?: readonly string[] | undefined;
  /** How many, 100 by default. About 256 KiB are kept of each instance. */
  readonly lines?: number | undefined;
}

/**
 * Looks after children: programs, tasks, and supervisors in turn. It starts them in the order of
 * what they need, restarts those that end, and stops them in reverse order. Stopped means that nothing
 * which came from a child is left: looked up in the table of processes, not concluded from one pid.
 *
 * It promises: no restart storm, no orphan, no lost line at an exit, no double start. If this program
 * dies by SIGKILL, its children die too. Sources: Erlang/OTP's supervisor, sd_notify(3),
 * sd_listen_fds(3).
 *
 * @throws TypeError, RangeError that name the wrong field, from the constructor; nothing is started then.
 *
 * @example
 * ```ts
 * import { Supervisor } from 'brood/supervise';
 * await using supervisor = new Supervisor({
 *   children: [
 *     { name: 'db', command: ['sh', '-c', 'echo ready; exec sleep 60'], ready: { log: 'ready' } },
 *     { name: 'api', command: ['sleep', '60'], dependsOn: ['db'], instances: 2 },
 *   ],
 * });
 * await supervisor.start();
 * console.log(supervisor.status().map(({ name, state }) => `${name} ${state}`));
 * ```
 */
export class Supervisor {
  readonly #engine: Engine;
  readonly #operations: Operations;
  #start: Promise<void> | undefined;

  constructor(options: SupervisorOptions) {
    this.#engine = new Engine(checkOptions(options), (inner) => new Supervisor(inner));
    this.#operations = new Operations(this.#engine);
  }

  /**
   * Starts all children, and resolves when each one is ready, or has ended and is not started again.
   *
   * @throws SupervisorError, as a rejection, when it gave up before; ProcessError when a socket cannot
   * listen, and ERR_INVALID_STATE when it was started before.
   */
  async start(): Promise<void> {
    if (this.#start !== undefined) {
      throw new ProcessError('a supervisor can be started once: make a new one', {
        code: 'ERR_INVALID_STATE',
      });
    }
    this.#start = this.#engine.begin();
    return this.#start;
  }

  /**
   * Stops all children, those that need others first, and resolves when nothing is left of them and
   * every line of theirs is written. Again: the same promise; with `force` the grace of each is over.
   *
   * @throws ProcessError `ERR_STILL_RUNNING`, as a rejection, when SIGKILL does not end something.
   */
  async stop(options: { readonly force?: boolean | undefined } = {}): Promise<void> {
    if (options.force === true) this.#engine.force();
    await this.#engine.end('stopped');
  }

  /** Resolves when it has ended, for whatever reason: all is stopped then. */
  get done(): Promise<SupervisorEnd> {
    return this.#engine.done;
  }

  /**
   * What happens from now on. Each listener has a queue of its own; who listens to `'log'` and does not
   * read makes the children wait, so that memory is bounded.
   *
   * @example
   * ```ts
   * import { Supervisor } from 'brood/supervise';
   * const supervisor = new Supervisor({
   *   children: [{ name: 'once', command: ['true'] }],
   * });
   * const events = supervisor.events();
   * await supervisor.start();
   * for await (const event of events) console.log(event.type); // started, ready, exited, finished, ended
   * ```
   */
  events(options: EventOptions = {}): AsyncIterableIterator<SupervisorEvent, undefined> {
    const types = options.types ?? eventTypes.filter((type) => type !== 'log');
    for (const [index, type] of types.entries()) {
      if (!eventTypes.includes(type)) {
        const list = eventTypes.join(', ');
        throw invalidValue(`options.types[${index}]`, type, `must be one of ${list}`);
      }
    }
    return this.#engine.streams.open(new Set(types), options.signal);
  }

  /** The last lines of children. */
  tail(options: TailOptions = {}): KeptLine[] {
    const { names = [], lines = 100 } = options;
    if (!Number.isInteger(lines) || lines < 0) {
      throw invalidType('options.lines', 'a whole number, 0 or more', lines);
    }
    return this.#operations.tail(names, lines);
  }

  /** How each instance is, in the order of their start. */
  status(): ChildStatus[] {
    return this.#engine.crew.all.map(({ child, number, state, pid, uptimeMs, restarts, text }) => ({
      name: child.name,
      instance: number,
      state,
      pid,
      uptimeMs,
      restarts,
      text,
    }));
  }

  /** The sockets of a child that listens, by their names: so a port of 0 can be known. */
  sockets(name: string): ReadonlyMap<string, ListeningSocket> {
    this.#engine.crew.find([name]);
    return this.#engine.starter.socketsOf(name);
  }

  /**
   * Stops some (`api`, or one instance: `api.2`) and starts them again; resolves when they are ready.
   *
   * @throws TypeError for a name that is none; SupervisorError when it gave up before they were.
   */
  restart(...targets: string[]): Promise<void> {
    return this.#operations.restart(targets);
  }

  /** Starts some that have ended or were stopped, and what they need; resolves when they are ready. */
  startChildren(...targets: string[]): Promise<void> {
    return this.#operations.start(targets);
  }

  /** Stops some, and leaves them stopped; resolves when nothing of them is left. */
  stopChildren(...targets: string[]): Promise<void> {
    return this.#operations.stop(targets);
  }

  /**
   * Replaces processes one by one: a new one is started with the same listening sockets, and when it is
   * ready the old one is stopped. With `listen` no connection is refused meanwhile.
   *
   * @throws ProcessError `ERR_RELOAD`, as a rejection, when a new one is not ready: the old one goes on.
   */
  reload(...targets: string[]): Promise<void> {
    return this.#operations.reload(targets);
  }

  /** Runs so many instances of a child; resolves when they are ready, or have been stopped. */
  scale(name: string, instances: number): Promise<void> {
    return this.#operations.scale(name, instances);
  }

  /** Stops all. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }
}

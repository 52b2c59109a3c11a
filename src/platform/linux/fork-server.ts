/** A fork server as the program has it: one at a time, mended when it dies, with spares at hand. */
import { isMainThread } from 'node:worker_threads';

import { ProcessError, UnsupportedError } from '../../errors.ts';
import type { ForkServer, ForkServerPlan, Served } from '../fork-server.ts';
import type { SpawnRequest } from '../platform.ts';
import type { Candidate } from './candidate.ts';
import { Hangup } from './exchange.ts';
import { Outfit } from './outfit.ts';
import type { Origin } from './server-origin.ts';
import { ServerSession, type Surroundings } from './server-session.ts';
import { closed, endAwaited, endInWords, endOf, serverCode } from './server-start.ts';

/** So often the same thing is tried, when what was to do it dies. */
const attempts = 3;

interface Waiting {
  readonly resolve: (candidate: Candidate) => void;
  readonly reject: (error: Error) => void;
}

/** What may change in the life of a server: the number of spares, the time it may be idle. */
type Habits = Pick<ForkServerPlan, 'spares' | 'idleMs'>;

/** Where a server comes from, the first time and after it died. */
interface Origins {
  readonly first: Origin;
  /** Of a spare; undefined: it comes as it did the first time. */
  readonly heir: ((heir: Candidate) => Origin) | undefined;
}

/** See {@link ForkServer}. */
export class LinuxForkServer implements ForkServer {
  readonly #surroundings: Surroundings;
  readonly #origins: Origins;
  #habits: Habits;
  #session: ServerSession | undefined;
  readonly #spares = new Set<Candidate>();
  /** Starts that need a child, in the order in which they came. */
  #waiting: Waiting[] = [];
  /** Servers that died in a row without having made a child. */
  #deaths = 0;
  #hasServed = false;
  #idle: NodeJS.Timeout | undefined;

  constructor(surroundings: Surroundings, origins: Origins, habits: Habits) {
    this.#surroundings = surroundings;
    this.#origins = origins;
    this.#habits = habits;
  }

  get #title(): string {
    return this.#origins.first.title;
  }

  get pid(): number | undefined {
    return this.#session?.pid;
  }

  set habits(habits: Habits) {
    this.#habits = habits;
  }

  async prepare(): Promise<void> {
    await this.#running().ready;
    this.#fill(this.#habits.spares);
    this.#used();
  }

  start(request: SpawnRequest): Promise<Served> {
    const { starts } = this.#surroundings;
    return starts.kept(request, (keeper) => this.#start(request, keeper));
  }

  async close(): Promise<void> {
    clearTimeout(this.#idle);
    const session = this.#session;
    this.#session = undefined;
    const ends = [...this.#spares].map((spare) => {
      spare.discard();
      return endAwaited(spare.ref);
    });
    this.#spares.clear();
    this.#failAll(closed(this.#title));
    await Promise.all([session?.close(), ...ends]);
  }

  /** In a forked child of the program: all of it is the parent's. */
  letGo(): void {
    clearTimeout(this.#idle);
    this.#session?.letGo();
    this.#session = undefined;
    for (const spare of this.#spares) spare.letGo();
    this.#spares.clear();
    this.#waiting = [];
  }

  async #start(request: SpawnRequest, keeper: number | undefined): Promise<Served> {
    const { addon, starts } = this.#surroundings;
    const outfit = new Outfit(addon, request, { keeper });
    try {
      const [candidate, control] = await this.#outfitted(outfit, request.program);
      candidate.ref.setCleanup(request.cleanup);
      this.#used();
      return {
        ref: candidate.ref,
        ends: starts.streamsOf(outfit.ends, request),
        control: starts.streamOver(control, undefined),
      };
    } catch (error) {
      outfit.closeEnds();
      throw error;
    } finally {
      outfit.close();
    }
  }

  async #outfitted(outfit: Outfit, program: string): Promise<[Candidate, number]> {
    for (let attempt = 1; ; attempt++) {
      const candidate = await this.#take();
      try {
        const control = await candidate.become(outfit, program);
        this.#fill(this.#habits.spares);
        return [candidate, control];
      } catch (error) {
        if (!(error instanceof Hangup)) throw error;
        if (attempt < attempts) continue;
        const words = endInWords(await endOf(candidate.ref));
        throw new ProcessError(
          `a child of ${this.#title} ended (${words}) before '${program}' began, ${attempts} times in a row`,
          { code: serverCode },
        );
      }
    }
  }

  /** A child that nobody else has. */
  async #take(): Promise<Candidate> {
    for (const spare of this.#spares) {
      // The last one is the heir.
      if (this.#spares.size === 1 && this.#origins.heir !== undefined) break;
      this.#spares.delete(spare);
      if (spare.ref.end() === undefined) return spare;
      spare.discard();
    }
    const { ready } = this.#running();
    return new Promise((resolve, reject) => {
      this.#waiting.push({ resolve, reject });
      ready.then(
        () => this.#fill(0),
        // Whoever it was started for is told by #begin.
        () => {},
      );
    });
  }

  #running(): ServerSession {
    return (this.#session ??= this.#begin());
  }

  #begin(origin: Origin = this.#again()): ServerSession {
    if (!isMainThread) {
      throw new UnsupportedError(`a worker thread cannot have ${this.#title}; the main thread can`);
    }
    const session: ServerSession = new ServerSession(this.#surroundings, origin, {
      child: (each) => this.#born(each),
      refused: (error) => this.#waiting.shift()?.reject(error),
      over: () => this.#died(session),
    });
    session.ready.catch((error: unknown) => {
      if (this.#session !== session) return;
      // An heir that was killed too.
      if (error instanceof Hangup) return this.#died(session);
      this.#session = undefined;
      this.#failAll(error as Error);
    });
    return session;
  }

  /** How it comes to be the next time. */
  #again(): Origin {
    const { first, heir } = this.#origins;
    if (heir === undefined || !this.#hasServed) return first;
    for (const spare of this.#spares) {
      this.#spares.delete(spare);
      if (spare.ref.end() === undefined) return heir(spare);
      spare.discard();
    }
    throw new ProcessError(
      `${this.#title} died, and with it the spare that was to take its place: nothing is left to fork from`,
      { code: serverCode },
    );
  }

  /** Asks for what is waited for and for the spares that are missing. */
  #fill(spares: number): void {
    const session = this.#session;
    if (session === undefined) return;
    const missing = this.#waiting.length + Math.max(0, spares - this.#spares.size) - session.asked;
    if (missing > 0) session.ask(missing);
  }

  #born(candidate: Candidate): void {
    this.#deaths = 0;
    this.#hasServed = true;
    const first = this.#waiting.shift();
    if (first !== undefined) return first.resolve(candidate);
    this.#spares.add(candidate);
    candidate.ref.onEnd(() => {
      if (this.#spares.delete(candidate)) candidate.discard();
    });
  }

  #died(session: ServerSession): void {
    if (this.#session !== session) return;
    this.#session = undefined;
    // A program is started again when it is needed; a spare takes the place of a template at once.
    if (this.#waiting.length === 0 && this.#origins.heir === undefined) return;
    if (++this.#deaths >= attempts) {
      this.#deaths = 0;
      const message = `${this.#title} died ${attempts} times in a row`;
      this.#failAll(new ProcessError(message, { code: serverCode }));
      return;
    }
    try {
      this.#running().ready.then(
        () => this.#fill(this.#habits.spares),
        () => {},
      );
    } catch (error) {
      this.#failAll(error as Error);
    }
  }

  #failAll(error: Error): void {
    for (const { reject } of this.#waiting.splice(0)) reject(error);
  }

  /** The time until it is idle begins anew. */
  #used(): void {
    clearTimeout(this.#idle);
    if (this.#habits.idleMs === Infinity) return;
    this.#idle = setTimeout(() => {
      if (this.#waiting.length === 0) void this.close();
      else this.#used();
    }, this.#habits.idleMs).unref();
  }
}

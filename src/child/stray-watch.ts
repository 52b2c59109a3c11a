/**
 * Errors that nobody catches, in a process that does one thing after the other: whose they are. What is
 * running is at fault for its own; for one that something before it left behind (a timer, a promise that
 * nobody waited for) it is not, and may come to its end.
 */
import { AsyncLocalStorage, executionAsyncResource } from 'node:async_hooks';
import { inspect } from 'node:util';

import { tell } from '../process/exitors.ts';

/** Something that runs, or ran. */
export interface Origin {
  readonly isOver: boolean;
}

/** Who is told. */
interface StrayEvents {
  running(): Origin | undefined;
  /** The process is about to end of it. */
  dying(error: unknown): void;
  /** It goes on for what is running, which has nothing to do with it. */
  stray(error: unknown): void;
}

/**
 * What only the one who began it can have to do with. A socket is not among them: one that was opened
 * for what ran before may be what the running one waits for.
 */
const ownWork: ReadonlySet<string> = new Set(['Timeout', 'Immediate', 'TickObject']);

/** Watches this process. */
export class StrayWatch {
  readonly #events: StrayEvents;
  readonly #origins = new AsyncLocalStorage<Origin>();

  constructor(events: StrayEvents) {
    this.#events = events;
  }

  begin(): void {
    process.on('uncaughtException', this.#uncaught);
  }

  end(): void {
    process.off('uncaughtException', this.#uncaught);
    this.#origins.disable();
  }

  /** Runs something; what it begins is known as its own from then on. */
  within<T>(origin: Origin, run: () => T): T {
    return this.#origins.run(origin, run);
  }

  readonly #uncaught = (error: unknown, how: string): void => {
    // The handlers have their own way with such errors.
    if (process.listenerCount('uncaughtException') > 1) return;
    const origin = this.#origins.getStore();
    const running = this.#events.running();
    if (running !== undefined && origin?.isOver === true && isOwnWork(how)) {
      tell(`A call that is over left this error behind: ${inspect(error)}`);
      this.#events.stray(error);
      return;
    }
    tell(`Uncaught ${inspect(error)}`);
    this.#events.dying(error);
    process.exit(1);
  };
}

function isOwnWork(how: string): boolean {
  if (how === 'unhandledRejection') return true;
  const resource = executionAsyncResource() as { constructor?: { name?: string } };
  return ownWork.has(resource.constructor?.name ?? '');
}

/**
 * Ends without pidfds: kernels before 5.3, and containers whose seccomp filter refuses them. SIGCHLD
 * tells of our children; other processes are looked at, less and less often the longer they
 * live, with their start time as identity. `BROOD_PIDFD=off` forces it.
 */
import { isMainThread } from 'node:worker_threads';

/** What is looked at. */
export interface Watched {
  readonly owned: boolean;
  end(): unknown;
}

const shortestMs = 5;
const longestMs = 250;

/** Looks at processes until they have ended. It never keeps the event loop alive by itself. */
export class Ticker {
  readonly #watched = new Set<Watched>();
  #timer: NodeJS.Timeout | undefined;
  #pauseMs = shortestMs;
  #listening = false;
  readonly #look = (): void => {
    for (const each of this.#watched) each.end();
  };

  add(watched: Watched): void {
    this.#watched.add(watched);
    this.#pauseMs = shortestMs;
    // Worker threads hear of no signal: there, children are looked at like all others.
    if (isMainThread && !this.#listening) {
      this.#listening = true;
      process.on('SIGCHLD', this.#look);
    }
    this.#restart();
    // It may have ended before the listener was there.
    setImmediate(() => {
      if (this.#watched.has(watched)) watched.end();
    });
  }

  remove(watched: Watched): void {
    this.#watched.delete(watched);
    if (this.#watched.size > 0) return;
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (this.#listening) process.removeListener('SIGCHLD', this.#look);
    this.#listening = false;
  }

  #restart(): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      this.#look();
      this.#pauseMs = Math.min(this.#pauseMs * 2, longestMs);
      if (this.#watched.size > 0) this.#restart();
    }, this.#pauseMs).unref();
  }
}

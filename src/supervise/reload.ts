/** A new run beside the old one, until it is ready to take its place. */
import { ProcessError } from '../errors.ts';
import type { Run, RunEnd } from './runs/run.ts';
import { describeFailure } from './supervisor-end.ts';

/** One attempt to replace a run. */
export class Reload {
  readonly #start: () => Promise<Run>;
  readonly #exited: (run: Run, end: RunEnd) => void;
  #starting: Promise<Run> | undefined;
  #fresh: Run | undefined;
  #isCancelled = false;
  /** How the old run ended, if it did so before the new one was ready. */
  lost: RunEnd | undefined;

  /** `exited` is called when the new run has ended without having taken the place of the old one. */
  constructor(start: () => Promise<Run>, exited: (run: Run, end: RunEnd) => void) {
    this.#start = start;
    this.#exited = exited;
  }

  /**
   * Resolves with the new run when it is ready. Rejects when it does not come to be: then nothing of it
   * is left, and the old one is as it was.
   */
  async ready(started: (run: Run) => void): Promise<Run> {
    this.#starting = this.#start();
    const fresh = await this.#starting;
    this.#fresh = fresh;
    started(fresh);
    if ((await fresh.ready) && !this.#isCancelled) return fresh;
    const end = await fresh.stop();
    this.#exited(fresh, end);
    const why = this.#isCancelled ? 'it was stopped' : describeFailure(end);
    throw new ProcessError(`the new process is not ready, and the old one goes on: ${why}`, {
      code: 'ERR_RELOAD',
      cause: end.error,
    });
  }

  /** Stops the new run, and resolves when nothing of it is left. */
  async cancel(): Promise<void> {
    this.#isCancelled = true;
    // That it could not be started is told where it was asked for.
    const fresh = await this.#starting?.catch(() => undefined);
    await fresh?.stop();
  }

  force(): void {
    this.#fresh?.force();
  }
}

/** One instance of a child: its state, its run, and never more than one of that. */
import type { Backoff } from './backoff.ts';
import type { CheckedChild } from './checked-child.ts';
import { exitedEvent, noReload, type InstanceHost } from './instance-host.ts';
import { speakerOf, type Speaker } from './log/batch.ts';
import { Reload } from './reload.ts';
import type { Run, RunEnd } from './runs/run.ts';
import { ChildStateMachine, type ChildState } from './state.ts';
import { Waiters } from './waiters.ts';

/** One instance. */
export class Instance {
  readonly child: CheckedChild;
  readonly number: number;
  readonly backoff: Backoff;
  /** It should run. */
  wanted = false;
  /** It is none of the crew any more: it is stopped, and never started again. */
  isRetired = false;
  /** So many are at work that do not want it to be started now. */
  holds = 0;
  restarts = 0;
  /** Whether a process of it has ever been started. */
  hasStarted = false;
  /** What it says of its state. */
  text: string | undefined;
  /** How long the last run of it lasted, in milliseconds. */
  lastRunMs = 0;
  readonly #host: InstanceHost<Instance>;
  readonly #machine = new ChildStateMachine();
  #run: Run | undefined;
  #starting: Promise<void> | undefined;
  #reload: Reload | undefined;
  #pause: NodeJS.Timeout | undefined;
  #halts = 0;
  readonly #waiters = new Waiters();

  constructor(child: CheckedChild, number: number, host: InstanceHost<Instance>, backoff: Backoff) {
    this.child = child;
    this.number = number;
    this.backoff = backoff;
    this.#host = host;
  }

  get state(): ChildState {
    return this.#machine.state;
  }

  get pid(): number | undefined {
    return this.#run?.pid;
  }

  /** Milliseconds since its process was started; undefined: it does not run. */
  get uptimeMs(): number | undefined {
    return this.#run && performance.now() - this.#run.startedAt;
  }

  get speaker(): Speaker {
    return speakerOf(this.child, this.number);
  }

  get isOver(): boolean {
    return this.#machine.isOver;
  }

  /** Whether those that need it may start: it is ready, or has done what it should. */
  get isUp(): boolean {
    return this.state === 'ready' || this.state === 'finished';
  }

  /** Whether it should be started as soon as what it needs is there. */
  get isDue(): boolean {
    if (!this.wanted || this.isRetired || this.holds > 0 || this.#halts > 0) return false;
    if (this.#starting !== undefined || this.#run !== undefined) return false;
    if (this.state === 'waiting') return this.#pause === undefined;
    return this.state === 'idle' || this.state === 'stopped';
  }

  /** Starts it. */
  launch(): void {
    if (this.state === 'waiting') this.restarts++;
    this.#machine.move('starting');
    this.#starting = this.#begin().finally(() => {
      this.#starting = undefined;
      this.#host.changed();
    });
  }

  /** It is started again after so many milliseconds. */
  pause(ms: number): void {
    this.#machine.move('waiting');
    this.#host.tell(this, { type: 'restarting', delayMs: ms });
    if (ms === 0) return;
    this.#pause = setTimeout(() => {
      this.#pause = undefined;
      this.#host.changed();
    }, ms);
  }

  /** It ended, and is not started again. */
  rest(state: 'finished' | 'failed'): void {
    this.#machine.move(state);
    this.#host.tell(this, { type: state });
    this.#wake();
  }

  /** It may be started once more, although it was over. */
  revive(): void {
    if (this.isOver) this.#machine.move('stopped');
  }

  /** Stops it, and resolves when nothing of it is left. */
  async halt(): Promise<void> {
    this.#halts++;
    clearTimeout(this.#pause);
    this.#pause = undefined;
    try {
      await this.#starting;
      const reloading = this.#reload?.cancel();
      if (this.state === 'waiting') this.#stopped();
      if (this.#run !== undefined) {
        this.#machine.move('stopping');
        await this.#run.stop();
      }
      await reloading;
    } finally {
      this.#halts--;
    }
  }

  /** Cuts the grace of halt() short. */
  force(): void {
    this.#run?.force();
    this.#reload?.force();
  }

  /** Replaces its process by a new one that is ready, before the old one is stopped. */
  async reload(): Promise<void> {
    const isBusy = this.#reload !== undefined;
    if (this.state !== 'ready' || isBusy) throw noReload(this, isBusy);
    const reload = new Reload(
      () => this.#host.start(this),
      (run, end) => this.#tellExited(run, end, true),
    );
    this.#reload = reload;
    try {
      const fresh = await reload.ready((run) => this.#tellStarted(run));
      if (this.#halts > 0) return;
      const old = this.#run;
      this.#run = fresh;
      this.#reload = undefined;
      this.#follow(fresh);
      if (old !== undefined) this.#tellExited(old, await old.stop(), true);
      this.#host.tell(this, { type: 'reloaded' });
    } finally {
      this.#reload = undefined;
      // The old one has ended in the meantime, and there is no new one.
      if (reload.lost !== undefined && this.#run === undefined) {
        if (this.#halts > 0) this.#stopped();
        else this.#decide(reload.lost);
      }
    }
  }

  /**
   * Resolves with true as soon as it is up; with false when it failed, was stopped for good, or
   * `signal` is aborted.
   */
  whenUp(signal: AbortSignal): Promise<boolean> {
    if (this.isUp) return Promise.resolve(true);
    if (this.#isDown || signal.aborted) return Promise.resolve(false);
    return this.#waiters.wait(signal);
  }

  async #begin(): Promise<void> {
    try {
      const run = await this.#host.start(this);
      this.#run = run;
      this.#tellStarted(run);
      this.#follow(run);
    } catch (error) {
      this.#told({ ok: false, error }, undefined);
    }
  }

  #tellStarted({ pid }: Run): void {
    this.hasStarted = true;
    this.text = undefined;
    this.#host.tell(this, { type: 'started', pid, restarts: this.restarts });
  }

  #tellExited(run: Run | undefined, end: RunEnd, expected: boolean): void {
    this.#host.tell(this, exitedEvent(run, end, expected));
  }

  #follow(run: Run): void {
    void run.ready.then((ready) => {
      if (!ready || this.#run !== run || this.state !== 'starting') return;
      this.#machine.move('ready');
      const afterMs = performance.now() - run.startedAt;
      this.#host.tell(this, { type: 'ready', pid: run.pid, afterMs });
      this.#wake();
    });
    run.ended.then(
      (end) => {
        // Replaced by a new one: whoever did that tells of its end.
        if (this.#run === run) this.#told(end, run);
      },
      (error: unknown) => {
        this.#tellExited(run, { ok: false, error }, false);
        this.#host.stuck(this, error);
      },
    );
  }

  #told(end: RunEnd, run: Run | undefined): void {
    const expected = this.#halts > 0;
    this.#run = undefined;
    this.lastRunMs = run === undefined ? 0 : performance.now() - run.startedAt;
    this.#tellExited(run, end, expected);
    if (expected) this.#stopped();
    else if (this.#reload !== undefined) this.#reload.lost = end;
    else this.#decide(end);
  }

  #decide(end: RunEnd): void {
    this.#host.ended(this, end);
    this.#host.changed();
  }

  #stopped(): void {
    if (this.state === 'starting' || this.state === 'ready') this.#machine.move('stopping');
    this.#machine.move('stopped');
    this.#host.tell(this, { type: 'stopped' });
    this.#wake();
  }

  get #isDown(): boolean {
    return (
      this.state === 'failed' || (this.state === 'stopped' && (!this.wanted || this.isRetired))
    );
  }

  #wake(): void {
    if (this.isUp || this.#isDown) this.#waiters.tell(this.isUp);
    this.#host.changed();
  }
}

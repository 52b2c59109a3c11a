/** The workers of a pool: as many as there are to be, whatever becomes of each. */
import type { Launcher } from './launcher.ts';
import { noWorker, poolClosed } from './pool-errors.ts';
import type { PoolPlan } from './pool-options.ts';
import type { PoolTask, PoolWorker } from './pool-task.ts';
import { Waiters } from './waiters.ts';
import { Worker, type WorkerEnd, type WorkerEvents } from './worker.ts';

/** So many workers in a row may end by themselves before they were ready. */
const attempts = 3;
/** A signal may come from somebody who means it for others, too: so many may be killed. */
const killedAttempts = 12;
/** While others work, one that could not begin is tried again after so many milliseconds at first. */
const pauseMs = 100;
const longestPauseMs = 5000;
/** At most so often it is looked which workers have nothing to do. */
const leastSweepMs = 10;

/** Who the workers work for. */
interface Employer {
  readonly events: WorkerEvents<PoolTask>;
  /** How many tasks wait for a worker. */
  wanted(): number;
  /** There is no worker and none will be, until somebody asks again. */
  failed(error: Error): void;
}

/** See the head of this file. */
export class Staff {
  /** Those that are given tasks now or as soon as they are ready. */
  readonly serving: Set<PoolWorker> = new Set();
  readonly #plan: PoolPlan;
  readonly #launcher: Launcher;
  readonly #employer: Employer;
  /** Ready, with nothing to do; the one that worked last is the first to work again. */
  readonly #idle: PoolWorker[] = [];
  /** Processes whose start has not come to its end. */
  #launching = 0;
  /** The same, and workers that are not ready. */
  #starting = 0;
  /** Workers in a row that could not begin. */
  #failures = 0;
  #pause: NodeJS.Timeout | undefined;
  readonly #sweep: NodeJS.Timeout | undefined;
  #closing: { now: boolean } | undefined;
  readonly #awaiting = new Waiters();
  /** All whose process has not ended, those that leave included. */
  readonly #living = new Set<PoolWorker>();
  readonly #launches = new Set<Promise<void>>();

  constructor(plan: PoolPlan, launcher: Launcher, employer: Employer) {
    this.#plan = plan;
    this.#launcher = launcher;
    this.#employer = employer;
    if (plan.max > plan.min && plan.idleMs !== Infinity) {
      const everyMs = Math.max(leastSweepMs, plan.idleMs / 4);
      this.#sweep = setInterval(() => this.#dismissIdle(), everyMs).unref();
    }
    this.fill();
  }

  /** One that has nothing to do, if there is one. */
  get free(): PoolWorker | undefined {
    for (;;) {
      const worker = this.#idle.at(-1);
      if (worker === undefined || worker.isFree) return worker;
      this.#idle.pop();
    }
  }

  /** How many more there could be soon: those that are not ready, or not even started. */
  get coming(): number {
    return this.#starting + Math.max(0, this.#plan.max - this.#count);
  }

  get #count(): number {
    return this.serving.size + this.#launching;
  }

  /** Starts what is missing, and what is wanted as far as there may be more. */
  fill(): void {
    if (this.#closing !== undefined || this.#pause !== undefined) return;
    const { min, max } = this.#plan;
    while (this.#count < min || (this.#count < max && this.#starting < this.#employer.wanted())) {
      this.#launch();
    }
  }

  /** Resolves when as many as are kept are ready, or one where none is. */
  whenReady(): Promise<void> {
    if (this.#isReady()) return Promise.resolve();
    if (this.#closing !== undefined) return Promise.reject(poolClosed());
    if (this.#count === 0) this.#launch();
    return this.#awaiting.wait();
  }

  /** It has something to do now. */
  take(worker: PoolWorker): void {
    if (this.#idle.at(-1) === worker) {
      this.#idle.pop();
      return;
    }
    const at = this.#idle.indexOf(worker);
    if (at >= 0) this.#idle.splice(at, 1);
  }

  /** It has nothing to do. */
  rest(worker: PoolWorker): void {
    if (this.#idle.includes(worker)) return;
    worker.idleSince = performance.now();
    this.#idle.push(worker);
  }

  /** It is ready. */
  begun(): void {
    this.#starting--;
    this.#failures = 0;
    if (this.#isReady()) this.#awaiting.resolve();
  }

  /** Another one takes its place, and it ends when it has done what it does. */
  retire(worker: PoolWorker): void {
    this.#dismiss(worker);
    worker.leave();
    this.fill();
  }

  /** Another one takes its place, and it ends now. */
  kill(worker: PoolWorker): void {
    this.#dismiss(worker);
    worker.kill();
    this.fill();
  }

  /** Its process has ended. */
  gone(worker: PoolWorker): void {
    this.#living.delete(worker);
    const wasServing = this.#dismiss(worker);
    // Why one ended that was not ready is not known yet.
    if (wasServing && worker.hasBegun) this.fill();
  }

  /** All that it had to say was heard. */
  ended(worker: PoolWorker, end: WorkerEnd): void {
    if (worker.hasBegun) return;
    this.#starting--;
    if (this.#closing !== undefined) return;
    const { cause, status, stderr } = end;
    if (cause !== undefined) return this.#failed(cause, 1);
    const most = status.signal === undefined ? attempts : killedAttempts;
    this.#failed(new Error(`it ${status.toString()}${stderr && `\n${stderr}`}`), most);
  }

  /** Ends all of them: `now`, or once each has done what it does. Resolves when they have ended. */
  async close(now: boolean): Promise<void> {
    this.#closing ??= { now };
    if (now) this.#closing.now = true;
    clearInterval(this.#sweep);
    clearTimeout(this.#pause);
    this.#awaiting.reject(poolClosed());
    const ends = [...this.#living].map((worker) => worker.done);
    for (const worker of this.#living) this.#letEnd(worker);
    // The launcher first: a start that waits for it comes to its end then.
    await Promise.all([this.#launcher.close(), ...ends, ...this.#launches]);
    await Promise.all([...this.#living].map((worker) => worker.done));
  }

  /** In a forked child they are the parent's. */
  letGo(): void {
    clearInterval(this.#sweep);
    clearTimeout(this.#pause);
    this.#closing = { now: false };
    this.serving.clear();
    this.#living.clear();
    this.#idle.length = 0;
  }

  #isReady(): boolean {
    return this.#count - this.#starting >= Math.max(1, this.#plan.min);
  }

  #letEnd(worker: PoolWorker): void {
    this.#dismiss(worker);
    if (this.#closing?.now === true) worker.kill();
    else worker.leave();
  }

  #dismiss(worker: PoolWorker): boolean {
    this.take(worker);
    return this.serving.delete(worker);
  }

  #launch(): void {
    this.#launching++;
    this.#starting++;
    const launch = this.#launcher.start().then(
      (started) => {
        this.#launching--;
        const worker = new Worker<PoolTask>(started, this.#employer.events);
        this.#living.add(worker);
        this.serving.add(worker);
        if (this.#closing !== undefined) this.#letEnd(worker);
      },
      (error: unknown) => {
        this.#launching--;
        this.#starting--;
        if (this.#closing === undefined) this.#failed(error, 1);
      },
    );
    this.#launches.add(launch);
    void launch.finally(() => this.#launches.delete(launch));
  }

  /** One could not begin, for a reason for which it is tried `most` times in a row. */
  #failed(cause: unknown, most: number): void {
    this.#failures++;
    if (this.#failures < most) return this.fill();
    const othersWork = this.#count > this.#starting;
    // Another one is on its way, and may do better.
    if (!othersWork && this.#starting > 0) return;
    const error = noWorker(cause);
    this.#awaiting.reject(error);
    if (othersWork) {
      const ms = Math.min(longestPauseMs, pauseMs * 2 ** this.#failures);
      this.#pause ??= setTimeout(() => this.#goOn(), ms).unref();
      return;
    }
    this.#failures = 0;
    this.#employer.failed(error);
  }

  #goOn(): void {
    this.#pause = undefined;
    this.fill();
  }

  #dismissIdle(): void {
    const before = performance.now() - this.#plan.idleMs;
    const rested = this.#idle.filter((each) => each.idleSince <= before && each.isFree);
    for (const worker of rested) {
      if (this.#count <= this.#plan.min) return;
      this.#dismiss(worker);
      worker.leave();
    }
  }
}

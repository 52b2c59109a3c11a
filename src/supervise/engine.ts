/** The inside of a supervisor: its beginning, its end, and what is done when something of it ends. */
import { adoptOrphans, reapOrphans } from './adoption.ts';
import { Backoff } from './backoff.ts';
import { RestartBudget } from './budget.ts';
import type { CheckedOptions } from './check-options.ts';
import type { CheckedChild } from './checked-child.ts';
import { Crew } from './crew.ts';
import { EventStreams } from './event-stream.ts';
import type { InstanceHost, OwnEvent } from './instance-host.ts';
import { Instance } from './instance.ts';
import { isHopeless, isToRestart } from './keeping.ts';
import { Outputs } from './outputs.ts';
import { Recovery } from './recovery.ts';
import type { Run, RunEnd } from './runs/run.ts';
import { Starter, type MakeSupervisor } from './starter.ts';
import { affectedBy } from './strategy.ts';
import { describeFailure, type Failure, type SupervisorEnd } from './supervisor-end.ts';
import { SupervisorError } from './supervisor-error.ts';

/** Everything of one supervisor. */
export class Engine implements InstanceHost<Instance> {
  readonly crew: Crew;
  readonly streams: EventStreams = new EventStreams();
  readonly outputs: Outputs = new Outputs(this.streams);
  readonly starter: Starter;
  readonly recovery: Recovery;
  /** Resolves when all is stopped. */
  readonly done: Promise<SupervisorEnd>;
  readonly #options: CheckedOptions;
  readonly #budget: RestartBudget;
  /** Aborted when all is to be stopped. */
  readonly #over = new AbortController();
  #settle: (end: SupervisorEnd | Promise<never>) => void = () => {};
  #disown: (() => void) | undefined;
  #failure: Failure | undefined;
  #reason: SupervisorEnd['reason'] = 'stopped';
  #ending: Promise<void> | undefined;

  constructor(options: CheckedOptions, make: MakeSupervisor) {
    const { children, strategy, intensity, period } = options;
    this.#options = options;
    this.#budget = new RestartBudget(intensity, period);
    this.crew = new Crew(children, this.#make, strategy === 'rest-for-one');
    this.recovery = new Recovery(this.crew, this.#over.signal);
    this.starter = new Starter(children, {
      make,
      outputs: this.outputs,
      streams: this.streams,
      host: this,
    });
    this.done = new Promise((resolve) => (this.#settle = resolve));
    // Whoever asks hears of a failure; that nobody asks is no failure of its own.
    this.done.catch(() => undefined);
  }

  readonly #make = (child: CheckedChild, number: number): Instance =>
    new Instance(child, number, this, new Backoff(this.#options.backoff));

  /** Starts all; resolves when each is ready or at rest. */
  async begin(): Promise<void> {
    await this.starter.open();
    if (this.#over.signal.aborted) {
      this.starter.close();
      throw new SupervisorError(undefined);
    }
    this.#disown = adoptOrphans();
    for (const instance of this.crew.all) {
      this.outputs.announce(instance.speaker);
      instance.wanted = true;
    }
    this.crew.reconcile();
    await this.whenUp(this.crew.all);
  }

  /** Whether it was started and is not being stopped. */
  get isAtWork(): boolean {
    return this.#disown !== undefined && !this.#over.signal.aborted;
  }

  /** Begins the end, once, and resolves when it has come. */
  end(reason: SupervisorEnd['reason']): Promise<void> {
    if (this.#ending === undefined) {
      this.#reason = reason;
      this.#ending = this.#shutDown();
      this.#settle(
        this.#ending.then(
          () => ({ reason, failure: this.#failure }),
          (error: unknown) => Promise.reject(error),
        ) as Promise<never>,
      );
    }
    return this.#ending;
  }

  /** Cuts the grace of all short that are being stopped. */
  force(): void {
    for (const instance of this.crew.all) instance.force();
  }

  /** Resolves when they are ready or have failed. @throws SupervisorError when all ended before. */
  async whenUp(instances: readonly Instance[]): Promise<void> {
    await Promise.all(instances.map((instance) => instance.whenUp(this.#over.signal)));
    if (!this.#over.signal.aborted || this.#reason === 'finished') return;
    await this.#ending;
    throw new SupervisorError(this.#reason === 'gave-up' ? this.#failure : undefined);
  }

  start(instance: Instance): Promise<Run> {
    return this.starter.start(instance);
  }

  tell(instance: Instance, event: OwnEvent): void {
    const { child, number } = instance;
    this.streams.tell({ ...event, name: child.name, instance: number, at: Date.now() });
  }

  ended(instance: Instance, end: RunEnd): void {
    const { child } = instance;
    // Its turn to be stopped has not come, but nothing is started any more.
    if (this.#over.signal.aborted) return instance.rest(end.ok ? 'finished' : 'failed');
    if (!isToRestart(child, end)) return this.#atRest(instance, end);
    const isOneTooMany = !this.#budget.spend(performance.now());
    if (isHopeless(end, instance.hasStarted) || isOneTooMany) return this.#giveUp(instance, end);
    const ran = instance.lastRunMs;
    if (ran >= this.#options.period) instance.backoff.reset();
    const delay = instance.backoff.next();
    if (this.#options.strategy === 'one-for-one') return instance.pause(delay);
    instance.pause(0);
    if (this.recovery.covers(instance)) return;
    const names = affectedBy[this.#options.strategy](this.crew.order, child.name);
    const those = names.flatMap((name) => this.crew.of(name)).filter(({ isOver }) => !isOver);
    this.recovery.cycle(those, delay).catch((error: unknown) => this.stuck(instance, error));
  }

  changed(): void {
    this.crew.reconcile();
    const { all } = this.crew;
    if (all.length > 0 && all.every(({ isOver }) => isOver)) this.#endQuietly('finished');
  }

  stuck(instance: Instance, error: unknown): void {
    this.#giveUp(instance, { ok: false, error });
  }

  #atRest(instance: Instance, end: RunEnd): void {
    if (!end.ok && this.crew.isNeeded(instance.child.name)) return this.#giveUp(instance, end);
    if (!end.ok) this.#fail(instance, end);
    if (instance.child.significant) this.#endQuietly('finished');
    instance.rest(end.ok ? 'finished' : 'failed');
  }

  #giveUp(instance: Instance, end: RunEnd): void {
    this.#fail(instance, end);
    this.tell(instance, { type: 'gave-up', reason: describeFailure(end) });
    // First of all the reason: that nothing runs any more would be one, too.
    this.#endQuietly('gave-up');
    if (!instance.isOver && instance.state !== 'stopping') instance.rest('failed');
  }

  #fail({ child, number }: Instance, { status, error }: RunEnd): void {
    this.#failure ??= { name: child.name, instance: number, status, error };
  }

  /** Its failure is that of `done`. */
  #endQuietly(reason: SupervisorEnd['reason']): void {
    this.end(reason).catch(() => undefined);
  }

  async #shutDown(): Promise<void> {
    this.crew.close();
    this.#over.abort();
    this.streams.hurry();
    try {
      await this.crew.halt(this.crew.all);
    } finally {
      await this.outputs.close();
      this.starter.close();
      if (this.#disown !== undefined) await reapOrphans();
      this.#disown?.();
      const end = { reason: this.#reason, failure: this.#failure };
      this.streams.tell({ type: 'ended', at: Date.now(), end });
      this.streams.end();
    }
  }
}

/** Starts runs of instances, with the sockets that their children share. */
import type { CheckedChild } from './checked-child.ts';
import type { SupervisorOptions } from './child-spec.ts';
import type { EventStreams } from './event-stream.ts';
import type { SupervisorEvent } from './events.ts';
import { eventTypes } from './events.ts';
import type { InstanceHost } from './instance-host.ts';
import type { Instance } from './instance.ts';
import type { Outputs } from './outputs.ts';
import { startNestedRun, type Supervised } from './runs/nested-run.ts';
import { startProcessRun } from './runs/process-run.ts';
import type { Run } from './runs/run.ts';
import { Sockets, type ListeningSocket } from './sockets.ts';

/** Makes a supervisor for a child that is one; given from outside, so that no import goes in a circle. */
export type MakeSupervisor = (options: SupervisorOptions) => Supervised & {
  events(options: { types: typeof eventTypes }): AsyncIterable<SupervisorEvent>;
};

/** What it starts with. */
interface Means {
  readonly make: MakeSupervisor;
  readonly outputs: Outputs;
  readonly streams: EventStreams;
  readonly host: InstanceHost<Instance>;
}

/** Starts what a supervisor looks after. */
export class Starter {
  readonly #sockets: ReadonlyMap<string, Sockets>;
  readonly #means: Means;

  constructor(children: readonly CheckedChild[], means: Means) {
    this.#sockets = new Map(children.map(({ name, listen }) => [name, new Sockets(name, listen)]));
    this.#means = means;
  }

  /** Opens all sockets, or none. @throws ProcessError that names the one that cannot listen. */
  async open(): Promise<void> {
    try {
      for (const sockets of this.#sockets.values()) await sockets.open();
    } catch (error) {
      this.close();
      throw error;
    }
  }

  close(): void {
    for (const sockets of this.#sockets.values()) sockets.close();
  }

  socketsOf(name: string): ReadonlyMap<string, ListeningSocket> {
    return this.#sockets.get(name)?.all ?? new Map();
  }

  /** Starts a run of an instance. @throws what keeps it from starting, as a rejection. */
  async start(instance: Instance): Promise<Run> {
    const { child, speaker } = instance;
    const { outputs, host } = this.#means;
    if (child.work.kind === 'supervisor') return this.#nested(instance, child.work.options);
    return startProcessRun({
      child,
      speaker,
      sinks: outputs.for(speaker, child.log),
      sockets: this.#sockets.get(child.name)?.descriptors ?? new Map(),
      unhealthy: (reason) => host.tell(instance, { type: 'unhealthy', pid: instance.pid, reason }),
      status: (text) => {
        instance.text = text;
        host.tell(instance, { type: 'status', text });
      },
      lingering: (done) => outputs.linger(done),
    });
  }

  #nested({ child }: Instance, options: SupervisorOptions): Run {
    const supervisor = this.#means.make(options);
    void this.#forward(child.name, supervisor);
    return startNestedRun(supervisor);
  }

  /** What is told inside is told outside, with the way to it. */
  async #forward(name: string, supervisor: ReturnType<MakeSupervisor>): Promise<void> {
    const { streams } = this.#means;
    for await (const event of supervisor.events({ types: eventTypes })) {
      if (event.type === 'ended') continue;
      const outside = 'name' in event ? { ...event, path: [name, ...(event.path ?? [])] } : event;
      streams.tell(outside);
      await streams.full;
    }
  }
}

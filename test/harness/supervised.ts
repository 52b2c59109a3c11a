/** Supervisors in tests: what they tell is kept, and they are stopped at the end. */
import type { TestContext } from 'node:test';

import {
  Supervisor,
  type SupervisorEvent,
  type SupervisorEventType,
  type SupervisorOptions,
} from 'brood/supervise';

import { until } from './proc.ts';

/** Events of that type. */
type Of<T extends SupervisorEventType> = Extract<SupervisorEvent, { type: T }>;

/** A supervisor, and what it has told so far. */
export interface Watched {
  readonly supervisor: Supervisor;
  readonly events: SupervisorEvent[];
  /** All of that type so far, of that child. */
  readonly all: <T extends SupervisorEventType>(type: T, name?: string) => Of<T>[];
  /** Resolves with the one of that place, from 0 on, as soon as it is there. */
  readonly event: <T extends SupervisorEventType>(
    type: T,
    name?: string,
    place?: number,
  ) => Promise<Of<T>>;
  /** `started db`, `ready db` and so on, of those types. */
  readonly story: (...types: SupervisorEventType[]) => string[];
}

const everything: SupervisorEventType[] = [
  'started',
  'ready',
  'exited',
  'restarting',
  'unhealthy',
  'status',
  'finished',
  'failed',
  'stopped',
  'reloaded',
  'gave-up',
  'log-failed',
  'ended',
  'log',
];

/** Makes a supervisor that writes nowhere unless it is told to; stopped by force after the test. */
export function watched(t: TestContext, options: SupervisorOptions): Watched {
  const supervisor = new Supervisor({ log: false, ...options });
  const events: SupervisorEvent[] = [];
  const listen = async (): Promise<void> => {
    for await (const event of supervisor.events({ types: everything })) events.push(event);
  };
  const listening = listen();
  t.after(async () => {
    await supervisor.stop({ force: true });
    await listening;
  });
  const all = <T extends SupervisorEventType>(type: T, name?: string): Of<T>[] =>
    events.filter(
      (event): event is Of<T> =>
        event.type === type && (name === undefined || ('name' in event && event.name === name)),
    );
  return {
    supervisor,
    events,
    all,
    event: (type, name, place = 0) =>
      until(() => all(type, name)[place], `event ${place} '${type}' of ${name ?? 'any'}`),
    story: (...types) =>
      events
        .filter(({ type }) => types.includes(type))
        .map((event) => `${event.type} ${'name' in event ? event.name : ''}`.trim()),
  };
}

/** A child that runs until it is stopped. */
export const sleeper = ['sleep', '1000'] as const;

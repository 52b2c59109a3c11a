/** What an instance needs of the supervisor that it belongs to. */
import { ProcessError } from '../errors.ts';
import type { SupervisorEvent } from './events.ts';
import type { Speaker } from './log/batch.ts';
import type { Run, RunEnd } from './runs/run.ts';
import type { ChildState } from './state.ts';

/** An event without what its instance adds: name, number and time. */
export type OwnEvent = SupervisorEvent extends infer E
  ? E extends { name: string }
    ? Omit<E, 'name' | 'instance' | 'at'>
    : never
  : never;

/** Who owns instances, and decides what becomes of them. */
export interface InstanceHost<Instance> {
  start(instance: Instance): Promise<Run>;
  tell(instance: Instance, event: OwnEvent): void;
  /** It ended by itself; the host calls pause() or rest(). */
  ended(instance: Instance, end: RunEnd): void;
  /** It may be that others can be started now, or that all is over. */
  changed(): void;
  /** Something of it is left that SIGKILL does not end: it must not be started again. */
  stuck(instance: Instance, error: unknown): void;
}

/** What is told of an end. */
export function exitedEvent(run: Run | undefined, end: RunEnd, expected: boolean): OwnEvent {
  const { status, error } = end;
  return { type: 'exited', pid: run?.pid, status, expected, error };
}

/** Why an instance cannot be reloaded now. */
export function noReload(
  { speaker, state }: { readonly speaker: Speaker; readonly state: ChildState },
  isBusy: boolean,
): ProcessError {
  const why = isBusy ? 'is being reloaded already' : `is ${state}, not ready`;
  return new ProcessError(`${speaker.label} ${why}`, { code: 'ERR_INVALID_STATE' });
}

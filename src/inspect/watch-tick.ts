/** What watch() tells at each look. */
import type { ProcessField, ProcessInfo } from './process-info.ts';

/** A process under watch. */
export type Watched<Field extends ProcessField> = Pick<ProcessInfo, Field | 'pid'> & {
  /**
   * Processor time over the time between the last two looks, in percent of one processor: 100 is one
   * that was busy all the time, 250 two and a half. undefined at the first look.
   */
  readonly cpu: number | undefined;
  /** With the pid, its identity. */
  readonly startTicks: number;
};

/** What changed from one look to the next. */
export interface WatchTick<Field extends ProcessField> {
  /** When the processes were looked at: ms since the epoch. */
  readonly time: number;
  /** ms since the look before, over which `cpu` was counted; undefined at the first. */
  readonly interval: number | undefined;
  /** New ones; at the first look all. */
  readonly started: readonly Watched<Field>[];
  /** Those of which a field has changed, or that have used the processor. */
  readonly changed: readonly Watched<Field>[];
  /** Those that are not there any more, as they were last seen. */
  readonly ended: readonly Watched<Field>[];
  /** All that are there now, by pid. */
  readonly processes: ReadonlyMap<number, Watched<Field>>;
  /** ms that this look took. Where it is much for the interval, the next one comes later. */
  readonly cost: number;
}

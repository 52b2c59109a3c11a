/** What a supervisor does when one of its instances ends: the decisions, without the doing. */
import { SpawnError } from '../errors.ts';
import type { CheckedChild } from './checked-child.ts';
import type { RunEnd } from './runs/run.ts';

/** Whether a child that ended like that is to be started again. */
export function isToRestart({ restart }: CheckedChild, end: RunEnd): boolean {
  switch (restart) {
    case 'always':
      return true;
    case 'on-failure':
      return !end.ok;
    case 'never':
      return false;
  }
}

/**
 * Whether it will never start, however often it is tried: its program is not there, or may not be
 * executed. Of one that has run before, it may be that a new version is just being put in its place.
 */
export function isHopeless(end: RunEnd, hasStarted: boolean): boolean {
  return !hasStarted && end.status === undefined && end.error instanceof SpawnError;
}

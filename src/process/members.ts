/** The members of a tree or a group: found in the process table, each bound to what was found. */
import { NoSuchProcessError, PermissionError } from '../errors.ts';
import type { ProcessRef, ProcessRow } from '../platform/platform.ts';
import { platform } from '../platform/select.ts';

/** A process that belongs to a tree or a group. */
export interface Member {
  readonly row: ProcessRow;
  /** undefined: it had ended when it was found, and only its children and its group matter. */
  readonly ref: ProcessRef | undefined;
}

/**
 * Binds the process of a row: the reference is taken first, and only then the table is asked once more,
 * so a pid that was recycled in between is noticed. undefined if the process is gone.
 */
export function bind(row: Pick<ProcessRow, 'pid' | 'startTime'>): ProcessRef | undefined {
  let ref: ProcessRef;
  try {
    ref = platform().attach(row.pid);
  } catch (error) {
    if (error instanceof NoSuchProcessError) return undefined;
    throw error;
  }
  if (platform().row(row.pid)?.startTime === row.startTime) return ref;
  ref.release?.();
  return undefined;
}

/** Whether the process of a row has ended, as far as the row tells. */
export function isOver(row: ProcessRow): boolean {
  return row.state === 'Z' || row.state === 'X' || row.state === 'x';
}

/** Signals one member. False if it ended, or belongs to a user that we may not signal. */
export function signalMember(member: Member, number: number): boolean {
  try {
    return member.ref?.signal(number) ?? false;
  } catch (error) {
    if (error instanceof PermissionError || error instanceof NoSuchProcessError) return false;
    throw error;
  }
}

/** Whether a member has not ended. */
export function isLiving(member: Member): boolean {
  return member.ref !== undefined && member.ref.end() === undefined;
}

/** Several processes that are signalled together. */
export interface Several {
  /** Signals all; false if none was left to be signalled. */
  signal(number: number, resume: boolean): boolean;
  /** SIGKILL to all, and to those that come while it is at it. */
  kill(): boolean;
  /** Looks again, and gives those that live. `fresh` are those that were not known before. */
  look(): { readonly living: Member[]; readonly fresh: Member[] };
  /** Gives back what is held for the members; nothing may be asked after that. */
  release(): void;
}

const sleeper = new Int32Array(new SharedArrayBuffer(4));

/** Blocks this thread for some milliseconds: signals need a moment to take effect. */
export function pause(ms: number): void {
  Atomics.wait(sleeper, 0, 0, ms);
}

/** Values that may not be there, and why: never a made-up value instead. */

/** The kernel does not let this user read it (EACCES, EPERM). */
export interface Denied {
  readonly denied: true;
  readonly reason: string;
}

/** The process has given it up: it has ended and waits to be reaped, or is about to end. */
export interface Gone {
  readonly gone: true;
  readonly reason: string;
}

/** There is no such thing: not in this kernel, or not for this kind of process. */
export interface Unsupported {
  readonly unsupported: true;
  readonly reason: string;
}

/** Why there is no value. */
export type Missing = Denied | Gone | Unsupported;

/** A value, or why there is none. */
export type Known<T> = T | Missing;

/**
 * Whether there is no value, and the reason stands in its place.
 *
 * @example
 * ```ts
 * import { inspect, isMissing } from 'brood/inspect';
 * const { exe } = await inspect(1, ['exe']);
 * console.log(isMissing(exe) ? exe.reason : exe);
 * ```
 */
export function isMissing(value: unknown): value is Missing {
  if (typeof value !== 'object' || value === null) return false;
  if (!('reason' in value) || typeof value.reason !== 'string') return false;
  return 'denied' in value || 'gone' in value || 'unsupported' in value;
}

/**
 * The value, or undefined where there is none.
 *
 * @example
 * ```ts
 * import { inspect, known } from 'brood/inspect';
 * const { exe } = await inspect(process.pid, ['exe']);
 * console.log(known(exe) === process.execPath); // true
 * ```
 */
export function known<T>(value: Known<T>): T | undefined {
  return isMissing(value) ? undefined : value;
}

export function denied(reason: string): Denied {
  return { denied: true, reason };
}

export function gone(reason: string): Gone {
  return { gone: true, reason };
}

export function unsupported(reason: string): Unsupported {
  return { unsupported: true, reason };
}

/** What follows from a value that may be missing. */
export function mapKnown<T, U>(value: Known<T>, map: (value: T) => Known<U>): Known<U> {
  return isMissing(value) ? value : map(value);
}

/** Bounds on a wait: checked once, and then asked how much is left. */
import { invalidType, invalidValue, outOfRange } from '../errors.ts';
import { atFork } from '../platform/forked.ts';
import { whenAborted } from './abort.ts';

/**
 * How long to wait at most. Where several are given, the one that comes first counts.
 *
 * @example
 * ```ts
 * import { spawn } from 'brood';
 * const child = await spawn('sleep', ['0.01']);
 * const status = await child.wait({ timeout: 60_000 });
 * console.log(status?.ok); // true
 * ```
 */
export interface WaitOptions {
  /** Milliseconds, 0 or more; 0 only looks. */
  readonly timeout?: number | undefined;
  /** A moment: a Date, or milliseconds since the epoch. */
  readonly deadline?: Date | number | undefined;
  /** Ends the wait when it is aborted; the process is left alone. */
  readonly signal?: AbortSignal | undefined;
}

/** setTimeout() counts in 31 bits, and fires at once for more. */
const longest = 0x7fff_ffff;

/** A checked bound: {@link Bound.remaining} counts down to 0. */
export interface Bound {
  readonly signal: AbortSignal | undefined;
  /** Milliseconds that are left, never below 0; Infinity if only a signal bounds it. */
  remaining(): number;
}

/**
 * Checks `timeout`, `deadline` and `signal`; undefined if none of them is given. `name` stands before
 * each in a message ('options').
 *
 * @throws TypeError `ERR_INVALID_ARG_TYPE`, `ERR_INVALID_ARG_VALUE`; RangeError `ERR_OUT_OF_RANGE`.
 */
export function checkBound(options: WaitOptions | undefined, name: string): Bound | undefined {
  if (options === undefined) return undefined;
  if (typeof options !== 'object' || options === null) {
    throw invalidType(name, 'an object', options);
  }
  const timeout = checkTimeout(options.timeout, `${name}.timeout`);
  const deadline = checkDeadline(options.deadline, `${name}.deadline`);
  const signal = checkAbortSignal(options.signal, `${name}.signal`);
  if (timeout === undefined && deadline === undefined && signal === undefined) return undefined;
  // A timeout is counted on a clock that nobody sets; a deadline means the clock on the wall.
  const end = timeout === undefined ? Infinity : performance.now() + timeout;
  const remaining = (): number => {
    const byTimeout = end - performance.now();
    const byDeadline = deadline === undefined ? Infinity : deadline - Date.now();
    return Math.max(0, Math.min(byTimeout, byDeadline));
  };
  return { signal, remaining };
}

/** Milliseconds: a finite number, 0 or more. */
export function checkTimeout(value: unknown, name: string): number | undefined {
  if (value === undefined) return undefined;
  if (typeof value !== 'number') throw invalidType(name, 'a number', value);
  if (!Number.isFinite(value) || value < 0) {
    throw outOfRange(name, 'a finite number of milliseconds, 0 or more', value);
  }
  return value;
}

/** A moment as milliseconds since the epoch. */
function checkDeadline(value: unknown, name: string): number | undefined {
  if (value === undefined) return undefined;
  if (value instanceof Date) {
    const time = value.getTime();
    if (Number.isNaN(time)) throw invalidValue(name, 'Invalid Date', 'must be a valid date');
    return time;
  }
  if (typeof value !== 'number') {
    throw invalidType(name, 'a Date or a number of milliseconds since the epoch', value);
  }
  if (!Number.isFinite(value)) throw outOfRange(name, 'a finite number', value);
  return value;
}

/** An AbortSignal, of this realm or another: what counts is what it can do. */
export function checkAbortSignal(value: unknown, name: string): AbortSignal | undefined {
  if (value === undefined) return undefined;
  if (
    typeof value !== 'object' ||
    value === null ||
    !('aborted' in value) ||
    typeof (value as AbortSignal).addEventListener !== 'function'
  ) {
    throw invalidType(name, 'an instance of AbortSignal', value);
  }
  return value as AbortSignal;
}

/** What cancels the bounds that are the business of this process alone. */
const own = new Set<() => void>();
atFork((inChild) => {
  if (!inChild || own.size === 0) return;
  for (const cancel of own) cancel();
});

/**
 * Calls back once, when nothing of the bound is left or its signal is aborted: in a later turn, never
 * at once. Returns what cancels it. `keepsLoop`: the loop lives until then for its sake. `inChild`: a
 * forked child hears of it too, which it does not where it is about a child of its parent.
 */
export function whenOver(
  bound: Bound,
  callback: () => void,
  { keepsLoop = true, inChild = false }: { keepsLoop?: boolean; inChild?: boolean } = {},
): () => void {
  let timer: NodeJS.Timeout | undefined;
  let forget: (() => void) | undefined;
  const { signal } = bound;
  const over = (): void => {
    cancel();
    callback();
  };
  const arm = (): void => {
    const remaining = bound.remaining();
    if (remaining === Infinity) return;
    // Rounded up: a timer that fires early would make one more turn for the last fraction.
    const delay = Math.min(longest, Math.ceil(remaining));
    timer = setTimeout(() => (bound.remaining() > 0 ? arm() : over()), delay);
    if (!keepsLoop) timer.unref();
  };
  const cancel = (): void => {
    clearTimeout(timer);
    forget?.();
    own.delete(cancel);
  };
  if (!inChild) own.add(cancel);
  if (signal?.aborted === true) {
    timer = setTimeout(over, 0);
  } else {
    forget = signal && whenAborted(signal, over);
    arm();
  }
  return cancel;
}

/** fork(2): this program, twice. */
import { invalidType, outOfRange } from '../errors.ts';
import type { ProcessRef } from '../platform/platform.ts';
import { platform } from '../platform/select.ts';
import { forkedChild } from '../process/child.ts';
import { current } from '../process/current.ts';
import { runForkHooks } from '../process/on-fork.ts';
import type { Process } from '../process/process.ts';

/** What fork() takes. */
export interface ForkOptions {
  /**
   * Milliseconds for what other threads are doing for this program (reading files, looking up names,
   * compiling) to come to rest, 5000 if not given. This thread is blocked meanwhile.
   */
  readonly settle?: number | undefined;
}

const defaultSettleMs = 5000;

/**
 * Makes a second process of this one, which goes on from the same place with the same memory, copied
 * when written to. It returns twice: in the child what it returns is {@link current} (`isCurrent`), in
 * the parent a handle on the child. Everything goes on in both: timers, servers, sockets, pending
 * promises, listeners; descriptors are shared. What is the parent's alone: its children and who waits
 * for them, its exitors, and its other threads.
 *
 * The parent's handle does not keep the event loop alive, and the child is not stopped when the parent
 * ends. Source: fork(2).
 *
 * @throws UnsupportedError, before anything has changed, when the child could not live: `ERR_FORK_THREADS`
 * while there are worker threads, an addon's threads or an inspector, `ERR_FORK_BUSY` when requests in
 * flight do not end in time, `ENOTSUP` where fork cannot be had at all (see features().fork);
 * ProcessError (EAGAIN, ENOMEM); TypeError, RangeError.
 *
 * @example
 * ```ts
 * import { current, fork } from 'brood';
 * const child = fork();
 * if (child.isCurrent) current.exit(3);
 * console.log((await child.wait()).code); // 3
 * ```
 */
export function fork(options?: ForkOptions): Process {
  const settleMs = checkSettle(options);
  const ref = platform().fork({ settleMs });
  runForkHooks(ref === undefined);
  // What every child asks first, asked on both sides: it is compiled here, and not by each of them.
  const isChild = current.isCurrent && ref === undefined;
  return isChild ? current : forkedChild(ref as ProcessRef);
}

function checkSettle(options: unknown): number {
  if (options === undefined) return defaultSettleMs;
  if (typeof options !== 'object' || options === null) {
    throw invalidType('options', 'an object', options);
  }
  const { settle = defaultSettleMs } = options as { settle?: unknown };
  if (typeof settle !== 'number') throw invalidType('options.settle', 'a number', settle);
  if (!(settle >= 0 && settle <= 0x7fff_ffff)) {
    throw outOfRange('options.settle', 'a number of milliseconds from 0 to 2147483647', settle);
  }
  return Math.ceil(settle);
}

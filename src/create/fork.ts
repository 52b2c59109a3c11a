/** fork(2): this program, twice. */
import { invalidType, outOfRange } from '../errors.ts';
import type { ProcessRef } from '../platform/platform.ts';
import { platform } from '../platform/select.ts';
import { forkedChild, type Child } from '../process/child.ts';
import { current } from '../process/current.ts';
import { runForkHooks } from '../process/on-fork.ts';
import type { Process } from '../process/process.ts';
import { forkEntry, type ForkEntryOptions } from './fork-entry.ts';

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
export function fork(options?: ForkOptions): Process;
/**
 * Makes a process that has this program's memory, copied when written to, and in which only `entry` runs.
 * It is made between two turns of the event loop, and begins with an empty stack: this program's timers,
 * servers, sockets, replies in flight, pending promises, listeners, exitors and dispositions of signals
 * do not go on there, and nothing of them is shut down or told. What `entry` closes over is there,
 * working directory, environment and plain descriptors are inherited, and `keep` hands servers, sockets
 * and streams on. Standard input, output and error are this program's unless given.
 *
 * The child exits with 0 once `entry` has returned (what it promised, too) and its own work is done; with
 * 1, and the stack on standard error, when it throws; with 13 when it waits for what cannot come. The
 * hooks of onFork() run first.
 *
 * Source: fork(2), and the `Process` of Python's multiprocessing.
 *
 * @throws (as rejections) what fork() does, and SpawnError that names the step of setting the child up
 * that failed.
 *
 * @example
 * ```ts
 * import { fork } from 'brood';
 * const table = new Map([['answer', 42]]);
 * const child = await fork(() => process.exit(table.get('answer')));
 * console.log((await child.wait()).code); // 42
 * ```
 */
export function fork(entry: () => unknown, options?: ForkEntryOptions): Promise<Child>;
export function fork(
  first?: ForkOptions | (() => unknown),
  options?: ForkEntryOptions,
): Process | Promise<Child> {
  if (typeof first === 'function') return forkEntry(first, options, checkSettle);
  const settleMs = checkSettle(first);
  const ref = platform().fork({ settleMs });
  runForkHooks(ref === undefined);
  // What every child asks first, asked on both sides: it is compiled here, and not by each of them.
  const isChild = current.isCurrent && ref === undefined;
  return isChild ? current : forkedChild(ref as ProcessRef);
}

/** The option `settle`, checked. */
export function checkSettle(options: unknown): number {
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

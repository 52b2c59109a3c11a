/** The duties of PID 1. */
import { ProcessError } from '../errors.ts';
import { becomeInit } from './become.ts';
import { checkGrace, checkShape, type InitCommandOptions, type InitOptions } from './options.ts';
import { type InitOffice, officeHeld, takeOffice } from './take-office.ts';

/**
 * Makes this program a good PID 1, or, where it is not PID 1, a subreaper with the same duties.
 *
 * Without a command this program goes on, and holds the office itself: every orphan that comes to it is
 * reaped by a thread, also while JavaScript is blocked, and no status is taken from whoever waits for it
 * (brood, node:child_process). SIGTERM, SIGINT, SIGHUP and SIGQUIT end it with 128 + n, unless it has
 * a listener of its own: PID 1 has no default action. At its exit what is left below it gets SIGTERM,
 * and SIGKILL after the grace. Call it before anything is started; a second call gives the same office.
 *
 * With a command this process becomes the native program brood-init, and does not return: it starts the
 * command, passes every signal on to it, reaps, and ends as the command did.
 *
 * Source: pid_namespaces(7), prctl(2) PR_SET_CHILD_SUBREAPER.
 *
 * @throws UnsupportedError where the addon is not loaded, or in a worker thread; ProcessError
 * `ERR_INVALID_STATE` for options when the office is already held; SpawnError, TypeError, RangeError.
 *
 * @example
 * ```ts
 * import { init } from 'brood/init';
 * const office = init({ grace: 10_000 });
 * console.log(office.reaped); // 0
 * ```
 */
export function init(options: InitCommandOptions): never;
export function init(options?: InitOptions): InitOffice;
export function init(options: InitOptions | InitCommandOptions = {}): InitOffice {
  checkShape(options);
  if ('command' in options && options.command !== undefined) return becomeInit(options);
  const grace = checkGrace(options.grace);
  const held = officeHeld();
  if (held === undefined) return takeOffice(grace);
  if (options.grace === undefined || grace === held.grace) return held;
  throw new ProcessError(`init() has already been called, with a grace of ${held.grace} ms`, {
    code: 'ERR_INVALID_STATE',
  });
}

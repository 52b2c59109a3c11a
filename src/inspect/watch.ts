/** Processes watched over time. */
import { setTimeout as sleep } from 'node:timers/promises';

import { invalidType, outOfRange } from '../errors.ts';
import { platform } from '../platform/select.ts';
import { checkFields } from './fields.ts';
import type { ProcessField, ProcessInfo } from './process-info.ts';
import { commonFields, type CommonField } from './processes.ts';
import type { WatchTick } from './watch-tick.ts';
import { Watcher } from './watcher.ts';

/** What {@link watch} takes. */
export interface WatchOptions<Field extends ProcessField> {
  /** ms from look to look; 1000 if not given. */
  readonly interval?: number | undefined;
  readonly fields?: readonly Field[] | undefined;
  readonly filter?: ((info: Pick<ProcessInfo, Field | 'pid'>) => boolean) | undefined;
  /** Ends the watching; the loop over it then ends in order. */
  readonly signal?: AbortSignal | undefined;
}

const usualInterval = 1000;
const shortest = 10;
const longest = 0x7fff_ffff;
/** The most that looking may take of the time. */
const mostShare = 0.1;

/**
 * Looks at all processes again and again, and tells what changed. Each look reads one small file of each
 * process; what a process only changes with its program (arguments, user, cgroup, …) is read when it is
 * new, when it executes another program, and now and then. The looks are spread out where they cost
 * more than a tenth of the time.
 *
 * @throws UnsupportedError, TypeError, RangeError; at the first step of the loop.
 *
 * @example
 * ```ts
 * import { watch } from 'brood/inspect';
 * for await (const { interval, changed } of watch({ interval: 100, fields: ['name'] })) {
 *   if (interval === undefined) continue;
 *   console.log(changed.every(({ cpu }) => cpu !== undefined && cpu >= 0)); // true
 *   break;
 * }
 * ```
 */
export async function* watch<Field extends ProcessField = CommonField>(
  options: WatchOptions<Field> = {},
): AsyncGenerator<WatchTick<Field>, void, undefined> {
  if (typeof options !== 'object' || options === null) {
    throw invalidType('options', 'an object', options);
  }
  const { interval = usualInterval, filter, signal } = options;
  if (typeof interval !== 'number') throw invalidType('options.interval', 'a number', interval);
  if (!(interval >= shortest && interval <= longest)) {
    throw outOfRange('options.interval', `from ${shortest} to ${longest}`, interval);
  }
  if (signal !== undefined && !(signal instanceof AbortSignal)) {
    throw invalidType('options.signal', 'an AbortSignal', signal);
  }
  if (filter !== undefined && typeof filter !== 'function') {
    throw invalidType('options.filter', 'a function', filter);
  }
  const fields = checkFields(options.fields, 'options.fields', commonFields) as readonly Field[];
  const { look } = platform();
  look.check('watch()');
  const watcher = new Watcher(look, fields, filter);
  try {
    for (;;) {
      if (signal?.aborted === true) return;
      const began = performance.now();
      const tick = await watcher.look();
      yield tick;
      const until = began + Math.max(interval, tick.cost / mostShare);
      await pause(until - performance.now(), signal);
    }
  } finally {
    watcher.close();
  }
}

/** Waits, and ends the wait in order when the signal is aborted. */
async function pause(ms: number, signal: AbortSignal | undefined): Promise<void> {
  if (ms <= 0) return;
  try {
    await sleep(ms, undefined, signal === undefined ? {} : { signal });
  } catch (error) {
    if (signal?.aborted !== true) throw error;
  }
}

/** The options of map(), checked. */
import { unknownName } from '../../create/option-names.ts';
import { invalidType, outOfRange } from '../../errors.ts';
import { platform } from '../../platform/select.ts';
import { checkInteger } from '../../process/attribute-values.ts';
import { checkAbortSignal, checkTimeout } from '../../process/time.ts';

/** How far a run has come. */
export interface MapProgress {
  /** Items whose results are there. */
  readonly done: number;
  /** undefined where the items are asked for one by one. */
  readonly total: number | undefined;
}

/** Options of forEach(), and of map(). */
export interface ForEachOptions {
  /**
   * How many processes at most; by default one for each processor that this program may keep busy (its
   * affinity and the quotas of its control groups count). Never more than there are items.
   */
  readonly processes?: number | undefined;
  /**
   * How many items a process is given at a time. By default that follows from how long they take, so
   * that a batch takes about 50 milliseconds; one that takes much longer is divided anew.
   */
  readonly chunk?: number | undefined;
  /** Stops everything when it is aborted, also in the middle of an item. */
  readonly signal?: AbortSignal | undefined;
  /** Milliseconds for one item; a process that needs longer is killed. */
  readonly timeout?: number | undefined;
  /**
   * How often an item is tried again whose process died, or that took too long; 0 by default. What such
   * a process had done of its batch may run again with it. What `fn` throws is not tried again.
   */
  readonly retries?: number | undefined;
  /** Called after each batch. What it throws stops the run. */
  readonly onProgress?: ((progress: MapProgress) => void) | undefined;
}

/** Options of map(). */
export interface MapOptions extends ForEachOptions {
  /** Results in the order of the items (true by default), or as they come. */
  readonly ordered?: boolean | undefined;
}

/** Checked options. */
export interface MapPlan {
  readonly processes: number;
  readonly chunk: number | undefined;
  readonly ordered: boolean;
  readonly signal: AbortSignal | undefined;
  readonly timeoutMs: number | undefined;
  readonly retries: number;
  readonly onProgress: (progress: MapProgress) => void;
}

const names: ReadonlySet<string> = new Set([
  'processes',
  'chunk',
  'ordered',
  'signal',
  'timeout',
  'retries',
  'onProgress',
]);

/** More than Linux has pids. */
const mostProcesses = 4_194_304;
const mostItems = Number.MAX_SAFE_INTEGER;

/** @throws TypeError, RangeError. */
export function planMap(fn: unknown, options: unknown): MapPlan {
  if (typeof fn !== 'function') throw invalidType('fn', 'a function', fn);
  const given = checkNames(options);
  const { ordered = true, onProgress = (): void => {} } = given;
  if (typeof ordered !== 'boolean') throw invalidType('options.ordered', 'a boolean', ordered);
  if (typeof onProgress !== 'function') {
    throw invalidType('options.onProgress', 'a function', onProgress);
  }
  const timeoutMs = checkTimeout(given.timeout, 'options.timeout');
  if (timeoutMs === 0) throw outOfRange('options.timeout', 'more than 0', timeoutMs);
  return {
    processes:
      optional(given.processes, 'options.processes', 1, mostProcesses) ??
      platform().own.processors(),
    chunk: optional(given.chunk, 'options.chunk', 1, mostItems),
    ordered,
    signal: checkAbortSignal(given.signal, 'options.signal'),
    timeoutMs,
    retries: optional(given.retries, 'options.retries', 0, mostItems) ?? 0,
    onProgress,
  };
}

function checkNames(options: unknown): MapOptions {
  if (options === undefined) return {};
  if (typeof options !== 'object' || options === null) {
    throw invalidType('options', 'an object', options);
  }
  for (const name of Object.keys(options)) {
    if (!names.has(name)) throw unknownName(`options.${name}`, name, names);
  }
  return options;
}

function optional(
  value: unknown,
  name: string,
  lowest: number,
  highest: number,
): number | undefined {
  return value === undefined ? undefined : checkInteger(value, name, lowest, highest);
}

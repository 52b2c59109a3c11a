/** The options of one task of a pool. */
import { invalidType, invalidValue, outOfRange } from '../errors.ts';

/** What one task may be given; what is left out is as the pool has it. */
export interface RunOptions {
  /** Aborts the task: it is taken out of the queue, or its worker is killed and replaced. */
  readonly signal?: AbortSignal | undefined;
  /** Higher ones are begun first; 0 by default. */
  readonly priority?: number | undefined;
  /** Milliseconds that it may run, from its beginning in a worker on. Its worker is killed then. */
  readonly timeout?: number | undefined;
  /** How often it is begun again when its worker died of it. */
  readonly retries?: number | undefined;
  /** ArrayBuffers among the arguments that are given away: they are empty here afterwards. */
  readonly transfer?: readonly ArrayBuffer[] | undefined;
}

/** What map() and imap() take. */
export interface PoolMapOptions extends Omit<RunOptions, 'transfer'> {
  /** How many items are on their way at the same time; twice the number of workers by default. */
  readonly concurrency?: number | undefined;
  /** For imap(): the results come in the order of the items (true by default), or as they are there. */
  readonly ordered?: boolean | undefined;
}

/** Checked, with what the pool says. */
export interface RunPlan {
  readonly signal: AbortSignal | undefined;
  readonly priority: number;
  readonly timeoutMs: number;
  readonly retries: number;
  readonly transfer: readonly ArrayBuffer[] | undefined;
}

/** What setTimeout() takes at most. */
const longestMs = 0x7fff_ffff;

const looksRight: Readonly<Record<keyof RunOptions, (value: unknown) => boolean>> = {
  signal: (value) => value instanceof AbortSignal,
  priority: (value) => typeof value === 'number',
  timeout: (value) => typeof value === 'number',
  retries: (value) => typeof value === 'number',
  transfer: (value) =>
    Array.isArray(value) && value.every((each: unknown) => each instanceof ArrayBuffer),
};

/** Whether the last argument of run() is options: see docs/decisions/0019. */
export function looksLikeOptions(last: unknown): last is RunOptions {
  if (typeof last !== 'object' || last === null) return false;
  const proto: unknown = Object.getPrototypeOf(last);
  if (proto !== Object.prototype && proto !== null) return false;
  const names = Object.keys(last);
  return (
    names.length > 0 &&
    names.every((name) => {
      if (!Object.hasOwn(looksRight, name)) return false;
      const value = (last as Record<string, unknown>)[name];
      return value === undefined || looksRight[name as keyof RunOptions](value);
    })
  );
}

/** @throws TypeError, RangeError; `names` begins the names of options in messages. */
export function checkRun(options: unknown, defaults: RunPlan): RunPlan {
  if (typeof options !== 'object' || options === null) {
    throw invalidType('options', 'an object', options);
  }
  for (const name of Object.keys(options)) {
    if (Object.hasOwn(looksRight, name)) continue;
    const known = Object.keys(looksRight).join(', ');
    throw invalidValue(`options.${name}`, name, `is no option of a task; there are ${known}`);
  }
  const { signal, priority, timeout, retries, transfer } = options as RunOptions;
  if (signal !== undefined && !looksRight.signal(signal)) {
    throw invalidType('options.signal', 'an AbortSignal', signal);
  }
  if (transfer !== undefined && !looksRight.transfer(transfer)) {
    throw invalidType('options.transfer', 'an array of ArrayBuffers', transfer);
  }
  return {
    signal,
    priority: priority === undefined ? defaults.priority : checkNumber(priority),
    timeoutMs: timeout === undefined ? defaults.timeoutMs : checkTimeout(timeout),
    retries: retries === undefined ? defaults.retries : checkRetries(retries),
    transfer,
  };
}

function checkNumber(value: unknown): number {
  if (typeof value !== 'number') throw invalidType('options.priority', 'a number', value);
  if (Number.isNaN(value)) throw outOfRange('options.priority', 'a number', value);
  return value;
}

/** Milliseconds; Infinity is none. */
export function checkTimeout(value: unknown): number {
  if (typeof value !== 'number') throw invalidType('options.timeout', 'a number', value);
  if (value === Infinity) return value;
  if (!(value > 0 && value <= longestMs)) {
    const range = `a number of milliseconds above 0 and up to ${longestMs}, or Infinity`;
    throw outOfRange('options.timeout', range, value);
  }
  return value;
}

/** How often a task is begun again. */
export function checkRetries(value: unknown): number {
  if (typeof value !== 'number') throw invalidType('options.retries', 'a number', value);
  if (value !== Infinity && !(Number.isInteger(value) && value >= 0)) {
    throw outOfRange('options.retries', 'an integer from 0 up, or Infinity', value);
  }
  return value;
}

/** What map() and imap() are to do, checked. */
interface MapPlan {
  readonly ordered: boolean;
  readonly window: number;
  readonly run: RunPlan;
}

/** @throws TypeError, RangeError. */
export function checkMap(
  options: unknown,
  { max, run }: { readonly max: number; readonly run: RunPlan },
): MapPlan {
  if (typeof options !== 'object' || options === null) {
    throw invalidType('options', 'an object', options);
  }
  const { concurrency = max * 2, ordered = true, ...others } = options as PoolMapOptions;
  if (typeof concurrency !== 'number') {
    throw invalidType('options.concurrency', 'a number', concurrency);
  }
  if (!(Number.isInteger(concurrency) && concurrency > 0)) {
    throw outOfRange('options.concurrency', 'an integer above 0', concurrency);
  }
  if (typeof ordered !== 'boolean') throw invalidType('options.ordered', 'a boolean', ordered);
  return { ordered, window: concurrency, run: checkRun(others, run) };
}

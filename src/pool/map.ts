/** A function over many items, in as many processes as there are processors. */
import { abortError } from '../create/abort-error.ts';
import { planMap, type ForEachOptions, type MapOptions } from './map/map-options.ts';
import { MapRun } from './map/map-run.ts';
import { Results } from './map/results.ts';
import type { MapWork } from './map/serve-map.ts';
import { sourceOf } from './map/source.ts';

/** What map() goes over. */
export type Items<T> = ArrayLike<T> | Iterable<T> | AsyncIterable<T>;

/**
 * Calls a function with each item and its number, in processes that are forked for it, and gives what it
 * returns, in the order of the items. The function may be any closure: the processes have this program's
 * memory. So the items of an array (or typed array, Set, Map, string) are not copied either: only numbers
 * travel there, and only results travel back. What comes from a generator, asynchronous or not, is asked
 * for as it is needed, and sent.
 *
 * Nothing happens until the results are asked for. Each process does one item at a time, an async
 * function is awaited. What the function throws rejects the run with that error, of the same class if it
 * is a built-in one, with the number of the item as `index`; all processes are killed then.
 *
 * Source: `Pool.imap` of Python's multiprocessing, `Parallel.map` of Ruby.
 *
 * @throws TypeError, RangeError, at once. When results are asked for, as rejections: what the function
 * throws, or asking for items; WorkerDiedError when a process ends (process.exit(), a signal, out of
 * memory), with `index`; TimeoutError, with `index`; DOMException `DataCloneError` for a result that cannot
 * be cloned, TypeError for an item that cannot be; AbortError; what fork() throws where it cannot be had.
 *
 * @example
 * ```ts
 * import { map } from 'brood/pool';
 * const words = ['hen', 'egg', 'chick'];
 * console.log(await map(words, (word) => word.length).toArray()); // [3, 3, 5]
 * ```
 */
export function map<T, R>(
  items: Items<T>,
  fn: (item: T, index: number) => R,
  options?: MapOptions,
): MapRun<Awaited<R>> {
  return runOf(items, fn as MapWork['fn'], { options, discards: false }) as MapRun<Awaited<R>>;
}

/**
 * Like {@link map} for what the function does, not what it returns: that stays where it is. Resolves when
 * all items are done.
 *
 * @throws TypeError, RangeError and all else as {@link map}, all as rejections.
 *
 * @example
 * ```ts
 * import { writeFile } from 'node:fs/promises';
 * import { tmpdir } from 'node:os';
 * import { forEach } from 'brood/pool';
 * await forEach(['a', 'b'], (name) => writeFile(`${tmpdir()}/brood-${name}`, name));
 * ```
 */
export async function forEach<T>(
  items: Items<T>,
  fn: (item: T, index: number) => unknown,
  options?: ForEachOptions,
): Promise<void> {
  await MapRun.drain(runOf(items, fn as MapWork['fn'], { options, discards: true }));
}

function runOf(
  items: unknown,
  fn: MapWork['fn'],
  { options, discards }: { readonly options: unknown; readonly discards: boolean },
): MapRun<unknown> {
  const makeSource = sourceOf(items);
  const plan = planMap(fn, options);
  return new MapRun((eager) => {
    if (plan.signal?.aborted === true) throw abortError(plan.signal);
    const source = makeSource();
    const { inherited } = source;
    const divides = plan.chunk === undefined;
    const timed = plan.timeoutMs !== undefined;
    const work: MapWork = { fn, inherited, discards, divides, timed };
    return { plan, work, source, results: new Results(plan.ordered), eager };
  });
}

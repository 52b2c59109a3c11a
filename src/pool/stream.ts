/** Many calls of one handler, a bounded number of them at a time. */

import { invalidType } from '../errors.ts';

interface Settled {
  readonly index: number;
  readonly outcome: { readonly value: unknown } | { readonly error: unknown };
}

/** How the results of many calls are given. */
export interface StreamPlan {
  /** In the order of the items, or as they come. */
  readonly ordered: boolean;
  /** So many are asked for ahead, at most. */
  readonly window: number;
}

/**
 * Calls `call` with each item and yields what comes of it. Items are taken as they are needed. The first
 * failure ends it; what is on its way then comes to its end for nobody.
 *
 * @throws TypeError for items that cannot be iterated.
 */
export function stream<T>(
  items: Iterable<T> | AsyncIterable<T>,
  call: (item: T) => Promise<unknown>,
  plan: StreamPlan,
): AsyncGenerator<unknown, void, undefined> {
  const given = Object(items) as Partial<Iterable<T> & AsyncIterable<T>>;
  if (typeof (given[Symbol.asyncIterator] ?? given[Symbol.iterator]) !== 'function') {
    throw invalidType('items', 'something that can be iterated', items);
  }
  return generate(items, call, plan);
}

async function* generate<T>(
  items: Iterable<T> | AsyncIterable<T>,
  call: (item: T) => Promise<unknown>,
  { ordered, window }: StreamPlan,
): AsyncGenerator<unknown, void, undefined> {
  const source = isAsync(items) ? items[Symbol.asyncIterator]() : items[Symbol.iterator]();
  const flight = new Map<number, Promise<Settled>>();
  let next = 0;
  let isOver = false;
  try {
    for (;;) {
      while (!isOver && flight.size < window) {
        const item = await source.next();
        if (item.done === true) {
          isOver = true;
          break;
        }
        const index = next++;
        flight.set(index, settled(index, call(item.value)));
      }
      const first = ordered ? flight.values().next().value : undefined;
      if (flight.size === 0) return;
      const { index, outcome } = await (first ?? Promise.race(flight.values()));
      flight.delete(index);
      if ('error' in outcome) throw outcome.error;
      yield outcome.value;
    }
  } finally {
    if (!isOver) await source.return?.();
  }
}

function isAsync<T>(items: Iterable<T> | AsyncIterable<T>): items is AsyncIterable<T> {
  return Symbol.asyncIterator in Object(items);
}

function settled(index: number, promise: Promise<unknown>): Promise<Settled> {
  return promise.then(
    (value) => ({ index, outcome: { value } }),
    (error: unknown) => ({ index, outcome: { error } }),
  );
}

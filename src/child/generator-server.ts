/** Items of a generator, each when the parent asks for it. */
import { decodeThrown } from '../channel/error-codec.ts';
import type { Request } from './task-messages.ts';

type AnyIterator = AsyncIterator<unknown, unknown, unknown> | Iterator<unknown, unknown, unknown>;

/** The iterator of what a function returned, if that is a stream of results and not one value. */
export function streamOf(returned: unknown): AnyIterator | undefined {
  if (typeof returned !== 'object' || returned === null) return undefined;
  const {
    next,
    [Symbol.asyncIterator]: asynchronous,
    [Symbol.iterator]: iterator,
  } = returned as Partial<AsyncGenerator & Generator>;
  if (typeof asynchronous === 'function') return asynchronous.call(returned as AsyncGenerator);
  // Lists, maps and strings can be iterated too, but are values; an iterator is none.
  if (typeof next !== 'function' || typeof iterator !== 'function') return undefined;
  return iterator.call(returned as Generator);
}

/** What the iterator answers to a request. Rejects with what it throws. */
export async function answer(
  iterator: AnyIterator,
  request: Request,
): Promise<IteratorResult<unknown, unknown>> {
  const { done = false, value } = await ask(iterator, request);
  // A generator that is not asynchronous may yield promises, and whoever iterates awaits them.
  return { done, value: await value };
}

async function ask(
  iterator: AnyIterator,
  request: Request,
): Promise<IteratorResult<unknown, unknown>> {
  switch (request.how) {
    case 'next':
      return iterator.next(request.value);
    case 'return':
      return iterator.return === undefined
        ? { done: true, value: request.value }
        : iterator.return(request.value);
    case 'throw': {
      const thrown = decodeThrown(request.thrown);
      if (iterator.throw !== undefined) return iterator.throw(thrown);
      await iterator.return?.();
      throw thrown;
    }
  }
}

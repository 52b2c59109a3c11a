/** What an iterable gave before it failed. */
import { rejection } from './task-methods.ts';

/** The results that came, and the error after them; fails where there is none. */
export async function taken(
  results: AsyncIterable<unknown>,
): Promise<{ before: unknown[]; error: unknown }> {
  const before: unknown[] = [];
  const error = await rejection(
    (async () => {
      for await (const each of results) before.push(each);
    })(),
  );
  return { before, error };
}

/** The number of the item that an error of map() names. */
export function indexOf(error: unknown): unknown {
  return (error as { index?: unknown }).index;
}

/** What every way to start a program refuses in the same way. */
import assert from 'node:assert/strict';

import { call, callSync, output, outputSync, run, runSync, spawn } from 'brood';

/** The name and the code of an error. */
export interface Expected {
  readonly name: string;
  readonly code: string;
}

export const wrongType: Expected = { name: 'TypeError', code: 'ERR_INVALID_ARG_TYPE' };
export const wrongValue: Expected = { name: 'TypeError', code: 'ERR_INVALID_ARG_VALUE' };
export const outOfRange: Expected = { name: 'RangeError', code: 'ERR_OUT_OF_RANGE' };

type Loose = (...list: readonly unknown[]) => unknown;

/** None of them starts anything with these arguments; the message names `named`. */
export async function refused(
  expected: Expected,
  named: string,
  list: readonly unknown[],
): Promise<void> {
  const matches = (error: unknown): true => {
    assert.ok(error instanceof Error);
    assert.equal(error.name, expected.name, error.message);
    assert.equal((error as Error & { code?: string }).code, expected.code, error.message);
    assert.ok(error.message.includes(`"${named}"`), `${error.message} does not name ${named}`);
    return true;
  };
  for (const start of [spawn, run, output, call] as Loose[]) {
    await assert.rejects(start(...list) as Promise<unknown>, matches);
  }
  for (const start of [runSync, outputSync, callSync] as Loose[]) {
    assert.throws(() => start(...list), matches);
  }
}

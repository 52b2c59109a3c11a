/** A reporter for node:test: one line of JSON for each test, which run-file.mjs reads. */
import { inspect } from 'node:util';

/** Begins a line that is an event and not something that a test printed. */
export const eventMark = '\u0001test ';

export default async function* report(source) {
  for await (const { type, data } of source) {
    if (type !== 'test:pass' && type !== 'test:fail') continue;
    if (data.details?.type === 'suite' && type === 'test:pass') continue;
    // A test that printed half a line must not swallow the mark.
    yield `\n${eventMark}${JSON.stringify(event(type, data))}\n`;
  }
}

function event(type, data) {
  if (data.skip !== undefined || data.todo !== undefined) {
    return { result: 'skipped', name: data.name, reason: data.skip ?? data.todo };
  }
  if (type === 'test:pass') return { result: 'passed', name: data.name };
  const { error } = data.details;
  // Its own failure is told; that of a test within it was told by that one.
  const told = error?.failureType === 'subtestsFailed';
  return {
    result: 'failed',
    name: data.name,
    error: told ? undefined : inspect(error?.cause ?? error, { depth: 4 }),
  };
}

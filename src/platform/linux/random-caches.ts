/**
 * The bytes that node:crypto draws ahead, for randomUUID() and randomInt(): drawn before a fork, they
 * would be given out on both sides. Node keeps them to itself.
 */
import { seenVariable, withInspector } from './seen-variable.ts';

/** The variables, by the function that sees them. */
const wanted: Readonly<Record<string, string>> = {
  randomUUID: 'uuidData',
  randomInt: 'randomCache',
};

let found: Uint8Array[] | undefined;

/** The caches themselves: who fills them anew changes what is drawn next. Empty: not to be had. */
export function randomCaches(): Uint8Array[] {
  return (found ??= find());
}

/**
 * Uses up what was drawn ahead, where the caches are not to be had. How many each holds is Node's
 * secret; these are the numbers of Node 20 to 26.
 */
export function exhaustRandomCaches(): void {
  const { randomInt, randomUUID } = process.getBuiltinModule('node:crypto');
  for (let i = 0; i < 128; i++) randomUUID();
  for (let i = 0; i < 1024; i++) randomInt(2 ** 47);
}

function find(): Uint8Array[] {
  const crypto = process.getBuiltinModule('node:crypto');
  // Its cache is made at the first use.
  crypto.randomUUID();
  const caches = withInspector((session) =>
    Object.entries(wanted).map(([name, variable]) =>
      seenVariable(session, crypto[name as 'randomUUID' | 'randomInt'], variable),
    ),
  );
  return caches?.every((cache) => cache instanceof Uint8Array) === true ? caches : [];
}

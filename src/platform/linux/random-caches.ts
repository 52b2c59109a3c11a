/**
 * The bytes that node:crypto draws ahead, for randomUUID() and randomInt(): drawn before a fork, they
 * would be given out on both sides. Node keeps them to itself; its inspector can be asked for the
 * variables that a function sees, which takes some 10 ms, once in a program.
 */
import type { Session } from 'node:inspector';

type Property = {
  name: string;
  value?: { objectId?: string; description?: string };
};

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
  const caches: Uint8Array[] = [];
  try {
    const { Session } = process.getBuiltinModule('node:inspector');
    const session = new Session();
    session.connect();
    try {
      for (const [name, variable] of Object.entries(wanted)) {
        const seen = variableOf(session, crypto[name as 'randomUUID' | 'randomInt'], variable);
        if (seen instanceof Uint8Array) caches.push(seen);
      }
    } finally {
      session.disconnect();
    }
  } catch {
    return []; // a Node without an inspector
  }
  return caches.length === Object.keys(wanted).length ? caches : [];
}

/** How a value passes between this file and the inspector, which knows globals only. */
const passage = Symbol.for('brood.passage');
const passageInCode = "globalThis[Symbol.for('brood.passage')]";

/** The value of a variable that `fn` sees. */
function variableOf(session: Session, fn: unknown, name: string): unknown {
  const box: { fn: unknown; value: unknown } = { fn, value: undefined };
  Object.defineProperty(globalThis, passage, { value: box, configurable: true });
  try {
    const { result } = ask(session, 'Runtime.evaluate', { expression: `${passageInCode}.fn` });
    const scopes = propertiesOf(session, result.objectId, 'internalProperties').find(
      (property) => property.name === '[[Scopes]]',
    );
    for (const scope of propertiesOf(session, scopes?.value?.objectId)) {
      if (!/^\d+$/.test(scope.name) || scope.value?.description === 'Global') continue;
      const variable = propertiesOf(session, scope.value?.objectId).find(
        (property) => property.name === name,
      );
      if (variable?.value?.objectId === undefined) continue;
      ask(session, 'Runtime.callFunctionOn', {
        objectId: variable.value.objectId,
        functionDeclaration: `function () { ${passageInCode}.value = this; }`,
      });
      return box.value;
    }
    return undefined;
  } finally {
    Reflect.deleteProperty(globalThis, passage);
  }
}

function propertiesOf(
  session: Session,
  objectId: string | undefined,
  kind: 'result' | 'internalProperties' = 'result',
): Property[] {
  if (objectId === undefined) return [];
  return ask(session, 'Runtime.getProperties', { objectId, ownProperties: true })[kind] ?? [];
}

/** Within one process the inspector answers before post() returns. */
function ask(
  session: Session,
  method: string,
  parameters: object,
): {
  result: Property[] & { objectId?: string };
  internalProperties?: Property[];
} {
  let answer: unknown;
  session.post(method, parameters, (error, result) => {
    if (error !== null) throw new Error(error.message);
    answer = result;
  });
  return answer as ReturnType<typeof ask>;
}

/**
 * Variables of Node's own modules, which it keeps to itself: its inspector can be asked for what a
 * function sees. That takes some 10 ms for a first question, so each is asked once in a program.
 */
import type { Session } from 'node:inspector';

type Property = {
  name: string;
  value?: { objectId?: string; description?: string };
};

/** Asks, within this process and at once; undefined in a Node without an inspector. */
export function withInspector<T>(use: (session: Session) => T): T | undefined {
  try {
    const { Session } = process.getBuiltinModule('node:inspector');
    const session = new Session();
    session.connect();
    try {
      return use(session);
    } finally {
      session.disconnect();
    }
  } catch {
    return undefined;
  }
}

/** How a value passes between this file and the inspector, which knows globals only. */
const passage = Symbol.for('brood.passage');
const passageInCode = "globalThis[Symbol.for('brood.passage')]";

/** The object that a variable holds which `fn` sees; undefined if there is no such variable. */
export function seenVariable(session: Session, fn: unknown, name: string): unknown {
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

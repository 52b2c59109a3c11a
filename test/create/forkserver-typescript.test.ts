/** What TypeScript users ask of a fork server: hooks of modules, and the compiler imported ahead. */
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import * as modules from 'node:module';
import { join } from 'node:path';
import { test } from 'node:test';

import { byServer } from '../harness/fork-server.ts';
import { temporaryFolder } from '../harness/temp.ts';

/** As tsx has them since Node 22: hooks in the thread of the program. */
const hooks = `
import { registerHooks } from 'node:module';
registerHooks({
  load: (url, context, next) =>
    url.endsWith('.answer')
      ? { format: 'module', source: 'export const answer = () => 42;', shortCircuit: true }
      : next(url, context),
});
`;

test('hooks of modules that were registered ahead go on in every task', async (t) => {
  if (!('registerHooks' in modules)) return t.skip('this Node has no registerHooks()');
  const folder = await temporaryFolder(t);
  const registering = join(folder, 'hooks.mjs');
  writeFileSync(registering, hooks);
  const source = join(folder, 'of.answer');
  writeFileSync(source, 'forty-two');
  const by = byServer(t, { preload: [registering] });
  for (let i = 0; i < 2; i++) {
    const asked = await by().module<{ answer: () => number }>(source, 'answer');
    assert.equal(await asked.result, 42);
  }
});

test('the compiler of TypeScript, imported ahead, is there at once and works in each task', async (t) => {
  const compiler = import.meta.resolve('typescript-5');
  const by = byServer(t, { preload: [compiler] });
  const checking = join(await temporaryFolder(t), 'check.mjs');
  writeFileSync(
    checking,
    `import ts from ${JSON.stringify(compiler)};
     export function check(text) {
       const { outputText, diagnostics } = ts.transpileModule(text, {
         reportDiagnostics: true,
         compilerOptions: { target: 'es2022' },
       });
       return [outputText.trim(), diagnostics.length];
     }`,
  );
  type Checking = { check: (text: string) => [output: string, errors: number] };
  const texts = ['let a: number = 1;', 'let b: string = ;', 'enum C { D }'];
  const asked = await Promise.all(
    texts.map((text) => by().module<Checking, 'check'>(checking, 'check', text)),
  );
  const answers = await Promise.all(asked.map((each) => each.result));
  assert.deepEqual(answers, [
    ['let a = 1;', 0],
    ['let b = ;', 1],
    ['var C;\n(function (C) {\n    C[C["D"] = 0] = "D";\n})(C || (C = {}));', 0],
  ]);
});

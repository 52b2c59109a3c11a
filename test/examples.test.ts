import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';

import { compile } from './harness/compile.ts';
import { runNode } from './harness/fixture.ts';
import { root } from './harness/root.ts';
import { temporaryFolder } from './harness/temp.ts';

test('the examples compile and run', async (t) => {
  const names = readdirSync(join(root, 'examples')).filter((name) => name.endsWith('.ts'));
  assert.ok(names.length > 0);
  const sources = new Map(
    names.map((name) => [
      name.replace(/\.ts$/, '.mts'),
      readFileSync(join(root, 'examples', name), 'utf8'),
    ]),
  );
  const { errors, folder } = await compile(t, sources);
  assert.equal(errors, '');

  const empty = await temporaryFolder(t);
  for (const name of names) {
    await t.test(name, async () => {
      const file = join(folder, name.replace(/\.ts$/, '.mjs'));
      const result = await runNode([file], { cwd: empty });
      assert.deepEqual([result.code, result.signal], [0, null], result.stderr);
      assert.notEqual(result.stdout, '');
    });
  }
});

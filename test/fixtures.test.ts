import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { test } from 'node:test';

import { root } from './harness/root.ts';

function namesBelow(folder: string): string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { recursive: true, encoding: 'utf8' }).map((name) =>
    join(folder, name),
  );
}

test('every fixture is used by a test', () => {
  const sources = namesBelow(join(root, 'test'))
    .filter((file) => file.endsWith('.ts'))
    .map((file) => ({ file, text: readFileSync(file, 'utf8') }));
  const unused = namesBelow(join(root, 'test/fixtures')).filter((fixture) => {
    const name = basename(fixture, '.ts');
    return !sources.some(
      ({ file, text }) =>
        file !== fixture && (text.includes(`'${name}'`) || text.includes(`/${name}.`)),
    );
  });
  assert.deepEqual(unused, []);
});

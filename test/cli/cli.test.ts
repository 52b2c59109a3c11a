import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';

import { type NodeOptions, type NodeResult, runNode } from '../harness/fixture.ts';
import { root } from '../harness/root.ts';

const { bin, version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
  bin: { brood: string };
  version: string;
};
const main = join(root, bin.brood);

function brood(args: readonly string[], options?: NodeOptions): Promise<NodeResult> {
  return runNode([main, ...args], options);
}

test('the tour shows every chapter with the addon', async () => {
  const { code, stdout, stderr } = await brood(['tour']);
  assert.deepEqual([code, stderr], [0, '']);
  assert.match(stdout, /addon +loaded/);
  assert.doesNotMatch(stdout, /not here/);
  if (process.env['CI'] === 'true') assert.doesNotMatch(stdout, /skipped/);
  assert.match(stdout, /That was the tour: \d+ chapters/);
  // No colours where nobody would see them.
  assert.ok(!stdout.includes('\u001b'));
});

test('the tour says what cannot be had without the addon, and goes on', async () => {
  const env = { BROOD_PLATFORM: 'portable' };
  const { code, stdout, stderr } = await brood(['tour'], { env });
  assert.deepEqual([code, stderr], [0, '']);
  assert.match(stdout, /addon +BROOD_PLATFORM=portable is set/);
  assert.match(stdout, /not here/);
  assert.match(stdout, /That was the tour/);
});

test('the tour skips what the machine does not have', async () => {
  const { code, stdout, stderr } = await brood(['tour'], { env: { PATH: '/nowhere' } });
  assert.deepEqual([code, stderr], [0, '']);
  assert.match(stdout, /skipped +this machine has no git/);
});

test('features are printed for people and for programs', async () => {
  const people = await brood(['features']);
  assert.match(people.stdout, /^pidfd +(yes|no) /m);
  const programs = await brood(['features', '--json']);
  const features = JSON.parse(programs.stdout) as Record<string, { available: boolean }>;
  assert.equal(features['addon']?.available, true);
});

test('it tells its version', async () => {
  for (const option of ['-v', '--version']) {
    const { code, stdout, stderr } = await brood([option]);
    assert.deepEqual([code, stdout, stderr], [0, `${version}\n`, '']);
  }
});

test('who uses it wrong is told how to use it', async () => {
  for (const args of [[], ['nonsense'], ['tour', 'x'], ['features', '--yaml']]) {
    const { code, stdout, stderr } = await brood(args);
    assert.deepEqual([code, stdout], [2, '']);
    assert.match(stderr, /^brood: .+\n\nbrood: real processes/);
  }
  const help = await brood(['--help']);
  assert.deepEqual([help.code, help.stderr], [0, '']);
  assert.match(help.stdout, /brood tour/);
});

test('it ends quietly when nobody reads on', async () => {
  const wrap = ['sh', '-c', '"$@" | head -n 1', 'sh'];
  const { code, stdout, stderr } = await brood(['tour'], { wrap });
  assert.deepEqual([code, stderr], [0, '']);
  assert.match(stdout, /^brood on Node .*\n$/);
});

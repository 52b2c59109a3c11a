import assert from 'node:assert/strict';
import { cpSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';

import { brood, broodJson, manifest } from '../harness/brood-command.ts';
import { runNode } from '../harness/fixture.ts';
import { root } from '../harness/root.ts';
import { temporaryFolder } from '../harness/temp.ts';

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
  assert.match(people.stdout, /^FEATURE +THERE +REASON$/m);
  assert.match(people.stdout, /^pidfd +(yes|no) /m);
  const features = await broodJson<Record<string, { available: boolean }>>(['features', '--json']);
  assert.equal(features['addon']?.available, true);
  const lines = (await brood(['features', '--jsonl'])).stdout.trim().split('\n');
  const names = lines.map((line) => (JSON.parse(line) as { name: string }).name);
  assert.deepEqual(names, Object.keys(features));
});

test('it tells its version', async () => {
  for (const option of ['-v', '--version']) {
    const { code, stdout, stderr } = await brood([option]);
    assert.deepEqual([code, stdout, stderr], [0, `${manifest.version}\n`, '']);
  }
});

test('every command has help with examples', async () => {
  const { code, stdout, stderr } = await brood(['--help']);
  assert.deepEqual([code, stderr], [0, '']);
  const listed = [...stdout.matchAll(/^ {2}([a-z]+) .*? {2}\w/gm)].map(
    (match) => match[1] as string,
  );
  assert.ok(listed.includes('run') && listed.includes('kill'), stdout);
  for (const name of listed) {
    const help = await brood([name, '--help']);
    assert.deepEqual([help.code, help.stderr], [0, ''], name);
    assert.match(help.stdout, new RegExp(`^Usage: brood ${name}`));
    if (name !== 'tour') assert.match(help.stdout, /\nExamples:\n {2}(eval "\$\()?brood /, name);
  }
});

test('bad input is one clear line and a hint, and code 2', async () => {
  const cases: [args: string[], line: RegExp, hint: RegExp][] = [
    [[], /^a command is missing$/, /^Try 'brood --help'/],
    [['nonsense'], /^unknown command 'nonsense'$/, /^Try 'brood --help'/],
    [['tuor'], /^unknown command 'tuor'$/, /Did you mean tour/],
    [['tour', 'x'], /too many arguments/, /^Try 'brood tour --help'/],
    [['features', '--yaml'], /^unknown option '--yaml'$/, /^Try 'brood features --help'/],
    [['run'], /missing required argument 'program'/, /^Try 'brood run --help'/],
    [['run', '--timeout', 'soon', 'true'], /'soon' is invalid. Give milliseconds/, /brood run/],
    [['run', '--grace'], /argument missing/, /brood run/],
    [['run', '-l', 'eggs=1', 'true'], /There is no such limit; there are: .*openFiles/, /run/],
    [['run', '-l', 'openFiles=many', 'true'], /Give a number, 64k/, /run/],
    [['run', '-l', 'openFiles=9:3', 'true'], /no higher than the hard one/, /run/],
    [['run', '-e', 'NOVALUE', 'true'], /Give NAME=VALUE/, /run/],
    [['run', '--umask', '999', 'true'], /octal digits/, /run/],
    [['run', '--affinity', '3-1', 'true'], /numbers and ranges/, /run/],
    [['run', '--scheduling', 'nice', 'true'], /Give one of other, batch/, /run/],
    [['run', '--cgroup', 'relative', 'true'], /must be an absolute path/, /run/],
    [['run', '-s', 'NOPE', 'true'], /There is no such signal/, /run/],
    [['wait'], /missing required argument 'pid'/, /brood wait/],
    [['wait', 'abc'], /^pid 'abc' is invalid. Give the pid of a process/, /brood wait/],
    [['wait', '0'], /^pid '0' is invalid/, /brood wait/],
    [['wait', '12:x'], /^pid '12:x' is invalid/, /brood wait/],
    [['signal'], /give a signal and at least one pid/, /brood signal/],
    [['signal', 'TERM'], /give at least one pid/, /brood signal/],
    [['signal', 'NOPE', '1'], /There is no such signal: 'brood signal --list'/, /brood signal/],
    [['kill', '--tree', '--group', '999999'], /do not go together/, /brood kill/],
    [['completion', 'cmd'], /Allowed choices are bash, zsh, fish/, /brood completion/],
  ];
  await Promise.all(
    cases.map(async ([args, line, hint]) => {
      const { code, stdout, stderr } = await brood(args);
      assert.deepEqual([code, stdout], [2, ''], `${args.join(' ')}: ${stderr}`);
      const [first = '', ...rest] = stderr.trimEnd().split('\n');
      assert.match(first, /^brood: /);
      assert.match(first.slice('brood: '.length), line);
      assert.match(rest[0] ?? '', hint);
      assert.ok(rest.length <= 2, stderr);
    }),
  );
});

test('it ends quietly when nobody reads on', async () => {
  const wrap = ['sh', '-c', '"$@" | head -n 1', 'sh'];
  const { code, stdout, stderr } = await brood(['tour'], { wrap });
  assert.deepEqual([code, stderr], [0, '']);
  assert.match(stdout, /^brood on Node .*\n$/);
});

test('without its optional libraries it says which one is missing, and brood itself works', async (t) => {
  const folder = await temporaryFolder(t);
  cpSync(join(root, 'dist'), join(folder, 'dist'), { recursive: true });
  cpSync(join(root, 'package.json'), join(folder, 'package.json'));
  symlinkSync(join(root, 'build'), join(folder, 'build'));
  const command = await runNode([join(folder, manifest.bin.brood), 'features']);
  assert.deepEqual([command.code, command.stdout], [1, '']);
  assert.match(command.stderr, /^brood: the command line needs the package [\w-]+, which is not/);
  assert.match(command.stderr, /install brood without --omit=optional/);
  const code = "import { output } from 'brood'; console.log(await output('echo', ['works']));";
  const library = await runNode(['--input-type=module', '--eval', code], { cwd: folder });
  assert.deepEqual([library.code, library.stdout, library.stderr], [0, 'works\n', '']);
});

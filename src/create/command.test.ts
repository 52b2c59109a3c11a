import assert from 'node:assert/strict';
import { resolve } from 'node:path';
import { test } from 'node:test';

import { commandOf, commandText } from './command.ts';

test('a name becomes one candidate a folder of PATH, each once', () => {
  const { candidates, argv } = commandOf('tool', ['a'], { env: { PATH: '/a:/b::/a:/c/' } });
  assert.deepEqual(candidates, ['/a/tool', '/b/tool', './tool', '/c//tool']);
  assert.deepEqual(argv, ['tool', 'a']);
});

test('the PATH is that of the child', () => {
  const first = (options: Parameters<typeof commandOf>[2]): string | undefined =>
    commandOf('tool', [], options).candidates[0];
  assert.equal(first({ env: {} }), '/usr/local/bin/tool');
  assert.equal(first({ env: { PATH: undefined }, extendEnv: true }), '/usr/local/bin/tool');
  assert.equal(first({ env: { PATH: '/x' }, extendEnv: true }), '/x/tool');
  const own = `${process.env['PATH']?.split(':')[0]}/tool`;
  assert.equal(first({}), own);
  assert.equal(first({ env: { A: '1' }, extendEnv: true }), own);
});

test('a path is absolute where the child has a folder of its own', () => {
  assert.deepEqual(commandOf('./tool', [], {}).candidates, ['./tool']);
  assert.deepEqual(commandOf('./tool', [], { cwd: '/' }).candidates, [resolve('tool')]);
  assert.deepEqual(commandOf('/bin/tool', [], { cwd: '/' }).candidates, ['/bin/tool']);
});

test('our own environment needs not be spelled out', () => {
  assert.equal(commandOf('tool', [], {}).env, undefined);
  assert.deepEqual(commandOf('tool', [], { env: { B: 'x=y', A: '' } }).env, ['B=x=y', 'A=']);
});

test('a shell gets a line, with the arguments quoted', () => {
  const { argv, candidates, line } = commandOf('a | b', [`it's`, 'x.y', ''], { shell: true });
  assert.equal(line, String.raw`a | b 'it'\''s' x.y ''`);
  assert.deepEqual(argv, ['/bin/sh', '-c', line]);
  assert.deepEqual(candidates, ['/bin/sh']);
});

test('a command is shown as one would type it', () => {
  assert.equal(commandText('ls', ['-l', 'a b', '$x', '']), `ls -l 'a b' '$x' ''`);
});

/** fork(entry) in a program that has a terminal, and in one that Node started with a channel. */
import assert from 'node:assert/strict';
import { fork as nodeFork } from 'node:child_process';
import { test } from 'node:test';

import { run } from 'brood';

import { fixture } from '../harness/fixture.ts';
import { requireProgram } from '../harness/programs.ts';

test('the child uses the terminal that the parent uses, and a pipe instead of it', async (t) => {
  if (!requireProgram(t, 'script')) return;
  const line = `${process.execPath} ${fixture('fork-entry-at-terminal')}`;
  const { stdout } = await run('script', ['-qec', line, '/dev/null'], {
    stdin: 'typed\n',
    timeout: 60_000,
  });
  const lines = stdout.split(/\r?\n/).filter((each) => each !== '' && each !== 'typed');
  assert.deepEqual(lines, [
    'parent true',
    'child true true',
    'child read typed',
    'exited with code 0',
    'line: in a pipe',
    'exited with code 0',
  ]);
});

test('a channel of messages to the parent of Node is no business of the child', async () => {
  const program = nodeFork(fixture('fork-entry-with-channel'), {
    execArgv: [],
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
  });
  let text = '';
  program.stderr?.on('data', (data) => (text += String(data)));
  const answers: unknown[] = [];
  program.on('message', (message) => answers.push(message));
  await new Promise((resolve) => program.once('message', resolve));
  for (let i = 0; i < 200; i++) program.send(i);
  program.send('end');
  const code = await new Promise((resolve) => program.once('close', resolve));
  assert.deepEqual([code, text], [0, '']);
  assert.deepEqual(answers, ['ready', ...Array.from({ length: 200 }, (_, i) => i), 'child: 7']);
});

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { promisify } from 'node:util';

import { brood, manifest } from '../harness/brood-command.ts';
import { requireProgram } from '../harness/programs.ts';
import { root } from '../harness/root.ts';
import { temporaryFolder } from '../harness/temp.ts';

const start = promisify(execFile);

async function scriptFor(shell: string): Promise<string> {
  const { code, stdout, stderr } = await brood(['completion', shell]);
  assert.deepEqual([code, stderr], [0, '']);
  return stdout;
}

/** What bash offers for the last of these words. */
async function inBash(script: string, words: readonly string[], cwd: string): Promise<string[]> {
  const ask = `${script}
compopt() { :; }
COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _brood; printf '%s\\n' "\${COMPREPLY[@]}"`;
  const { stdout } = await start('bash', ['--norc', '-c', ask, 'bash', ...words], { cwd });
  return stdout.split('\n').filter(Boolean);
}

test('bash completes commands, options, values and operands', async (t) => {
  if (!requireProgram(t, 'bash')) return;
  const cwd = await temporaryFolder(t);
  writeFileSync(join(cwd, 'input.txt'), '');
  const bash = await scriptFor('bash');
  const offers = (...words: string[]): Promise<string[]> => inBash(bash, ['brood', ...words], cwd);
  assert.deepEqual(await offers('ru'), ['run']);
  assert.deepEqual(await offers('run', '--time'), ['--timeout']);
  assert.deepEqual(await offers('run', '--stdin', 'inp'), ['input.txt']);
  assert.deepEqual(await offers('run', '--timeout', '5', 'inp'), []);
  assert.deepEqual(await offers('run', '--', 'cat', 'inp'), ['input.txt']);
  assert.deepEqual(await offers('run', 'cat', '--in'), []);
  assert.ok((await offers('run', '--usage', 'bas')).includes('bash'));
  assert.ok((await offers('run', '-s', 'SIGTE')).includes('SIGTERM'));
  assert.ok((await offers('wait', String(process.pid))).includes(String(process.pid)));
  assert.ok((await offers('signal', 'SIGHU')).includes('SIGHUP'));
  const pid = String(process.pid);
  assert.ok((await offers('signal', '--tree', 'HUP', pid)).includes(pid));
  assert.deepEqual(await offers('completion', 'fi'), ['fish']);
});

test('fish completes commands and options with their meaning', async (t) => {
  if (!requireProgram(t, 'fish')) return;
  const folder = await temporaryFolder(t);
  const file = join(folder, 'brood.fish');
  writeFileSync(file, await scriptFor('fish'));
  const offers = async (line: string): Promise<string> => {
    const code = `source ${file}; complete -C ${JSON.stringify(line)}`;
    const env = { ...process.env, HOME: folder };
    return (await start('fish', ['--no-config', '-c', code], { env })).stdout;
  };
  assert.match(await offers('brood ru'), /^run\trun a program/m);
  assert.match(await offers('brood run --timeo'), /^--timeout\tstop it/m);
  assert.match(await offers('brood completion '), /^zsh$/m);
  assert.match(await offers('brood signal SIGHU'), /^$|HUP/m);
});

test('zsh takes the script, and completes commands', async (t) => {
  if (!requireProgram(t, 'zsh')) return;
  const folder = await temporaryFolder(t);
  const text = await scriptFor('zsh');
  writeFileSync(join(folder, '_brood'), text);
  // Without a line editor zsh offers nothing; _arguments and _describe are asked what they are told.
  const code = `
fpath=(${folder} $fpath)
_arguments() { print -rl -- ASKED "$@"; state=command; }
_describe() { print -rl -- "\${(@P)2}"; }
compdef() { print -r -- "compdef $*"; }
source ${join(folder, '_brood')}
_brood`;
  const { stdout, stderr } = await start('zsh', ['-f', '-c', code]);
  assert.equal(stderr, '');
  assert.match(stdout, /^compdef _brood brood$/m);
  assert.match(stdout, /^run:run a program/m);
  await start('zsh', ['-f', '-n', join(folder, '_brood')]);
});

test('the man page tells of every command, and is well formed', async (t) => {
  const { code, stdout } = await brood(['manual']);
  assert.equal(code, 0);
  assert.equal(
    readFileSync(join(root, manifest.man), 'utf8'),
    stdout,
    'the packed one is this one',
  );
  const help = (await brood(['--help'])).stdout;
  const names = [...help.matchAll(/^ {2}([a-z]+) .*? {2}\w/gm)].map((match) => match[1] as string);
  for (const name of names) assert.match(stdout, new RegExp(`^\\.SS \\\\fBbrood ${name}`, 'm'));
  if (!requireProgram(t, 'groff')) return;
  const page = join(root, manifest.man);
  const shown = await start('groff', ['-man', '-ww', '-Tutf8', page]);
  assert.equal(shown.stderr, '');
  // oxlint-disable-next-line no-control-regex
  const plain = shown.stdout.replaceAll(/.\u0008|\u001b\[[\d;]*m/g, '');
  assert.match(plain, /--timeout <time>/);
  assert.match(plain, /brood kill --tree 4711/);
});

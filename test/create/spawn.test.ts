import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { chmod, mkdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { pathToFileURL } from 'node:url';

import { output, run, spawn, type SpawnOptions } from 'brood';

import { inNode } from '../harness/in-node.ts';
import { stat, until } from '../harness/proc.ts';
import { temporaryFolder } from '../harness/temp.ts';

async function script(folder: string, name: string, text: string): Promise<string> {
  const path = join(folder, name);
  await mkdir(folder, { recursive: true });
  await writeFile(path, text);
  await chmod(path, 0o755);
  return path;
}

test('a started child is a real process of ours, which runs its program already', async () => {
  await using child = await spawn('sleep', ['60']);
  assert.equal(stat(child.pid)?.ppid, process.pid);
  await until(() => stat(child.pid)?.comm === 'sleep', 'the name of the program');
});

test('arguments arrive as they are: empty, with spaces, quotes, newlines and letters of the world', async () => {
  const args = ['', 'a b', `"'\\$`, 'x\ny', 'žluťoučký 馬', '-n', '--'];
  const { stdout } = await run('printf', ['%s\\0', ...args]);
  assert.deepEqual(stdout.split('\0'), [...args, '']);
});

test('arguments may be left out', async () => {
  const child = await spawn('true', { stdin: 'ignore' });
  assert.equal((await child.wait()).code, 0);
  const other = await spawn('true');
  assert.equal((await other.wait()).code, 0);
});

test('a name is looked for in the PATH of the child, in order', async (t) => {
  const folder = await temporaryFolder(t);
  await script(join(folder, 'one'), 'tool', '#!/bin/sh\necho one\n');
  await script(join(folder, 'two'), 'tool', '#!/bin/sh\necho two\n');
  const env = { PATH: `${folder}/none:${folder}/two:${folder}/one` };
  assert.equal(await output('tool', [], { env }), 'two');
  // Not executable, and a folder, are passed over.
  await writeFile(join(folder, 'one', 'late'), '');
  await mkdir(join(folder, 'none', 'late'), { recursive: true });
  await script(join(folder, 'two'), 'late', '#!/bin/sh\necho late\n');
  const path = { PATH: `${folder}/none:${folder}/one:${folder}/two` };
  assert.equal(await output('late', [], { env: path }), 'late');
});

test('an empty entry of PATH is the working directory of the child', async (t) => {
  const folder = await temporaryFolder(t);
  await script(folder, 'here', '#!/bin/sh\necho here\n');
  assert.equal(await output('here', [], { cwd: folder, env: { PATH: ':/none' } }), 'here');
});

test('without a PATH the usual folders are looked through', async () => {
  assert.equal(await output('echo', ['found'], { env: {} }), 'found');
});

test('a relative path is taken from our working directory, not from cwd', async (t) => {
  const folder = await temporaryFolder(t);
  await script(folder, 'tool', '#!/bin/sh\npwd\n');
  const { stdout, stderr } = await inNode(
    `import { output } from 'brood';
     process.chdir(${JSON.stringify(folder)});
     console.log(await output('./tool', [], { cwd: '/' }), await output('./tool'));`,
  );
  assert.equal(stdout, `/ ${folder}\n`, stderr);
});

test('cwd is a path or a file: URL', async (t) => {
  const folder = await temporaryFolder(t);
  assert.equal(await output('pwd', [], { cwd: folder }), folder);
  assert.equal(await output('pwd', [], { cwd: pathToFileURL(folder) }), folder);
});

test('a script without an interpreter line is given to /bin/sh', async (t) => {
  const folder = await temporaryFolder(t);
  const path = await script(folder, 'plain', 'echo "$0 $1"\n');
  assert.equal(await output(path, ['x']), `${path} x`);
});

test('argv0 is what the program sees as its name', async () => {
  assert.equal(await output('sh', ['-c', 'echo $0'], { argv0: 'me' }), 'me');
  await using child = await spawn('sleep', ['60'], { argv0: 'slumber' });
  // The kernel lets us go on a moment before it has written down name and arguments.
  const line = await until(() => readFileSync(`/proc/${child.pid}/cmdline`, 'utf8') || undefined);
  assert.equal(line, 'slumber\x0060\0');
});

/** The entries of the environment that a child with these options has. */
async function names(options: SpawnOptions): Promise<string[]> {
  return (await output('/usr/bin/env', [], options)).split('\n').filter(Boolean).toSorted();
}

test('env replaces, extendEnv merges, undefined removes', async () => {
  assert.deepEqual(await names({ env: {} }), []);
  assert.deepEqual(await names({ env: { B: '2', A: '', C: undefined } }), ['A=', 'B=2']);
  process.env['BROOD_ENV_KEPT'] = 'kept';
  process.env['BROOD_ENV_GONE'] = 'gone';
  try {
    const env = { BROOD_ENV_NEW: 'new', BROOD_ENV_GONE: undefined };
    const merged = await names({ env, extendEnv: true });
    assert.deepEqual(
      merged.filter((each) => each.startsWith('BROOD_ENV_')),
      ['BROOD_ENV_KEPT=kept', 'BROOD_ENV_NEW=new'],
    );
    assert.ok((await names({})).includes('BROOD_ENV_GONE=gone'));
  } finally {
    delete process.env['BROOD_ENV_KEPT'];
    delete process.env['BROOD_ENV_GONE'];
  }
});

test('a worker thread hands on its own environment', async () => {
  const { stdout, stderr } = await inNode(`
    import { Worker } from 'node:worker_threads';
    const code = "import('brood').then(async ({ output }) => console.log(" +
      "await output('sh', ['-c', 'echo $ONLY_THERE'])))";
    new Worker(code, { eval: true, env: { ...process.env, ONLY_THERE: 'yes' } });
  `);
  assert.equal(stdout, 'yes\n', stderr);
});

test('shell runs a line, and arguments are never syntax', async () => {
  assert.equal(await output('echo one | tr a-z A-Z', [], { shell: true }), 'ONE');
  assert.equal(
    await output('printf "%s|"', [`a b`, `$(id)`, `it's`, ';'], { shell: true }),
    `a b|$(id)|it's|;|`,
  );
  assert.equal(await output('echo $0', [], { shell: '/bin/bash' }), '/bin/bash');
});

test('the child has an empty signal mask and default dispositions', async () => {
  const { stdout, stderr } = await inNode(`
    import { output, signals } from 'brood';
    signals.block(['SIGUSR2']);
    signals.ignore('SIGHUP');
    process.on('SIGTERM', () => {});
    const text = await output('cat', ['/proc/self/status']);
    console.log(text.split('\\n').filter((line) => /^Sig(Blk|Ign|Cgt)/.test(line)).join('\\n'));
  `);
  assert.deepEqual(
    stdout
      .trim()
      .split('\n')
      .map((line) => line.split('\t')[1]),
    ['0000000000000000', '0000000000000000', '0000000000000000'],
    stderr,
  );
});

test('a program may be a symbolic link to one', async (t) => {
  const folder = await temporaryFolder(t);
  await symlink('/bin/echo', join(folder, 'say'));
  assert.equal(await output(join(folder, 'say'), ['hi']), 'hi');
});

test('many at a time all start and all end', async () => {
  const children = await Promise.all(
    Array.from({ length: 100 }, (_, i) => spawn('sh', ['-c', `exit ${i}`])),
  );
  const statuses = await Promise.all(children.map((child) => child.wait()));
  assert.deepEqual(
    statuses.map(({ code }) => code),
    Array.from({ length: 100 }, (_, i) => i),
  );
});

test('without cleanup or a hold on the loop a detached child outlives us', async () => {
  const { stdout, stderr } = await inNode(`
    import { spawn } from 'brood';
    const child = await spawn('sleep', ['60'], { stdin: 'ignore', stdout: 'ignore', stderr: 'ignore' });
    child.detach();
    console.log(child.pid);
  `);
  const pid = Number(stdout);
  assert.ok(pid > 0, stderr);
  try {
    await until(() => stat(pid)?.comm === 'sleep', 'the sleeper');
  } finally {
    process.kill(pid, 'SIGKILL');
  }
});

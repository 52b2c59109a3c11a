/** Starting a program: what it is given, and how a start fails. */
import assert from 'node:assert/strict';
import { chmodSync, closeSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { buffer, text } from 'node:stream/consumers';
import { test } from 'node:test';

import { spawn, SpawnError, type SpawnOptions } from 'brood';

import { childrenOf, descriptorsOf, stat } from '../harness/proc.ts';
import { temporaryFolder } from '../harness/temp.ts';

/** What a shell script says on standard output, run with these options. */
async function said(script: string, options: SpawnOptions = {}): Promise<string> {
  const child = await spawn('sh', ['-c', script], options);
  assert.ok(child.stdout !== null);
  const output = await text(child.stdout);
  assert.equal((await child.wait()).code, 0);
  return output;
}

test('a child has a pid of its own, and us as its parent', async () => {
  await using child = await spawn('sleep', ['1000'], { stdout: 'ignore', stderr: 'ignore' });
  const row = stat(child.pid);
  assert.equal(row?.ppid, process.pid);
  assert.equal(row.comm, 'sleep');
  assert.equal(child.isAlive(), true);
  assert.equal(child.exitStatus, undefined);
});

test('standard streams are piped by default, each one its own', async () => {
  const child = await spawn('sh', ['-c', 'cat; echo error >&2']);
  assert.ok(child.stdin !== null && child.stdout !== null && child.stderr !== null);
  child.stdin.end('input');
  const [out, err] = await Promise.all([text(child.stdout), text(child.stderr)]);
  assert.deepEqual([out, err], ['input', 'error\n']);
  assert.ok((await child.wait()).ok);
});

test('what a child wrote can be read after its end', async () => {
  const child = await spawn('sh', ['-c', 'echo late; echo later >&2']);
  await child.wait();
  // Some turns of the loop, in which nobody reads.
  for (let i = 0; i < 5; i++) await new Promise((resolve) => setImmediate(resolve));
  assert.ok(child.stdout !== null && child.stderr !== null);
  assert.equal(await text(child.stdout), 'late\n');
  assert.equal(await text(child.stderr), 'later\n');
});

test('arguments and argv0 arrive as they are', async () => {
  const child = await spawn('sh', ['-c', 'printf "%s|" "$0" "$@"', 'zero', '', 'a b', '"*$'], {
    argv0: 'another',
  });
  assert.ok(child.stdout !== null);
  assert.equal(await text(child.stdout), 'zero||a b|"*$|');
  await child.wait();
  const shown = await spawn('sh', ['-c', 'tr "\\0" "|" < /proc/$$/cmdline'], {
    argv0: 'another',
  });
  assert.ok(shown.stdout !== null);
  assert.match(await text(shown.stdout), /^another\|-c\|/);
  await shown.wait();
});

test('the environment is replaced, extended, and variables removed', async () => {
  const script = '/usr/bin/env 2>/dev/null || /bin/env';
  process.env['BROOD_TEST_KEPT'] = 'kept';
  try {
    const replaced = await said(script, { env: { ONLY: 'this=that', EMPTY: '' } });
    assert.match(replaced, /^ONLY=this=that$/m);
    assert.match(replaced, /^EMPTY=$/m);
    assert.doesNotMatch(replaced, /BROOD_TEST_KEPT/);
    const extended = await said(script, { env: { MORE: '1' }, extendEnv: true });
    assert.match(extended, /^MORE=1$/m);
    assert.match(extended, /^BROOD_TEST_KEPT=kept$/m);
    const env = { BROOD_TEST_KEPT: undefined };
    assert.doesNotMatch(await said(script, { env, extendEnv: true }), /BROOD_TEST_KEPT/);
  } finally {
    delete process.env['BROOD_TEST_KEPT'];
  }
});

test('cwd is where the child begins, and not where its program is looked for', async (t) => {
  const folder = await temporaryFolder(t);
  assert.equal(await said('pwd -P', { cwd: folder }), `${folder}\n`);
  writeFileSync(join(folder, 'tool'), '#!/bin/sh\necho found\n');
  chmodSync(join(folder, 'tool'), 0o755);
  await assert.rejects(spawn('./tool', { cwd: folder }), { name: 'SpawnError', code: 'ENOENT' });
});

test('a name is looked for in the PATH of the child', async (t) => {
  const folder = await temporaryFolder(t);
  writeFileSync(join(folder, 'brood-tool'), '#!/bin/sh\necho found\n');
  chmodSync(join(folder, 'brood-tool'), 0o755);
  const child = await spawn('brood-tool', { env: { PATH: `/nowhere:${folder}` } });
  assert.ok(child.stdout !== null);
  assert.equal(await text(child.stdout), 'found\n');
  await child.wait();
});

test('a script without an interpreter line is given to the shell', async (t) => {
  const folder = await temporaryFolder(t);
  const script = join(folder, 'script');
  writeFileSync(script, 'echo shell "$1"\n');
  chmodSync(script, 0o755);
  const child = await spawn(script, ['argument']);
  assert.ok(child.stdout !== null);
  assert.equal(await text(child.stdout), 'shell argument\n');
  await child.wait();
});

test('files are read, written and appended to', async (t) => {
  const file = join(await temporaryFolder(t), 'file');
  for (const [word, append] of [
    ['one', false],
    ['two', false],
    ['three', true],
  ] as const) {
    const child = await spawn('echo', [word], { stdout: { file, append } });
    assert.ok((await child.wait()).ok);
    assert.equal(child.stdout, null);
  }
  assert.equal(readFileSync(file, 'utf8'), 'two\nthree\n');
  assert.equal(await said('cat', { stdin: { file } }), 'two\nthree\n');
});

test('a descriptor by its number is shared, and stays open here', async (t) => {
  const file = join(await temporaryFolder(t), 'file');
  const fd = openSync(file, 'w');
  try {
    const child = await spawn('sh', ['-c', 'echo one; echo two >&2; echo three >&5'], {
      stdout: fd,
      stderr: fd,
      fds: { 5: fd },
    });
    assert.ok((await child.wait()).ok);
  } finally {
    closeSync(fd);
  }
  assert.equal(readFileSync(file, 'utf8'), 'one\ntwo\nthree\n');
});

test('stderr may be the same as stdout, whatever that is', async (t) => {
  const script = 'for i in 1 2 3; do echo $i; echo $i >&2; done';
  const mixed = '1\n1\n2\n2\n3\n3\n';
  assert.equal(await said(script, { stderr: 'stdout' }), mixed);
  const file = join(await temporaryFolder(t), 'file');
  const child = await spawn('sh', ['-c', script], { stdout: { file }, stderr: 'stdout' });
  await child.wait();
  assert.equal(readFileSync(file, 'utf8'), mixed);
});

test('further descriptors are two-way', async () => {
  const child = await spawn('sh', ['-c', 'read line <&3; echo "got $line" >&3'], {
    fds: { 3: 'pipe' },
  });
  const end = child.fds[3];
  assert.ok(end !== undefined && 'write' in end && 'read' in end);
  end.write('hello\n');
  const [chunk] = await Promise.all([text(end), child.wait()]);
  assert.equal(chunk, 'got hello\n');
});

test('the child has the descriptors asked for, and no others', async () => {
  const child = await spawn('sh', ['-c', 'ls /proc/$$/fd; :'], { fds: { 4: 'ignore' } });
  assert.ok(child.stdout !== null);
  const numbers = (await text(child.stdout)).trim().split('\n').map(Number);
  assert.deepEqual(
    numbers.filter((number) => number < 10),
    [0, 1, 2, 4],
  );
  await child.wait();
});

test('a source is fed to stdin, and stdout flows to a Writable', async () => {
  const chunks: Buffer[] = [];
  const sink = new Writable({
    write(chunk: Buffer, _encoding, done) {
      chunks.push(chunk);
      done();
    },
  });
  const finished = new Promise((resolve) => sink.once('finish', resolve));
  const bytes = Buffer.alloc(300_000, 'brood ');
  const child = await spawn('cat', { stdin: bytes, stdout: sink });
  await Promise.all([child.wait(), finished]);
  assert.ok(Buffer.concat(chunks).equals(bytes));
});

test('ten megabytes go in while ten come out', async () => {
  const bytes = Buffer.alloc(10_000_000, 'abcdefghij');
  const child = await spawn('cat', { stdin: bytes });
  assert.ok(child.stdout !== null);
  assert.ok((await buffer(child.stdout)).equals(bytes));
  assert.ok((await child.wait()).ok);
});

test('a start that fails names the step and what failed, and leaves nothing', async (t) => {
  const folder = await temporaryFolder(t);
  const at = (name: string, content: string, mode: number): string => {
    writeFileSync(join(folder, name), content);
    chmodSync(join(folder, name), mode);
    return join(folder, name);
  };
  const plain = at('plain', 'text', 0o644);
  const lost = at('lost', '#!/nowhere/interpreter\n', 0o755);
  const gone = join(folder, 'gone');
  // A folder of PATH that may not be searched would be a refusal.
  const env = { PATH: '/usr/bin:/bin' };
  const failures: [string, string[], SpawnOptions, [string, string, string | undefined]][] = [
    ['brood-no-such-program', [], { env }, ['ENOENT', 'resolve', 'brood-no-such-program']],
    [gone, [], {}, ['ENOENT', 'exec', gone]],
    [plain, [], {}, ['EACCES', 'exec', plain]],
    [folder, [], {}, ['EACCES', 'exec', folder]],
    [join(plain, 'below'), [], {}, ['ENOTDIR', 'exec', join(plain, 'below')]],
    [lost, [], {}, ['ENOENT', 'exec', lost]],
    ['true', [], { cwd: gone }, ['ENOENT', 'chdir', gone]],
    ['true', [], { cwd: plain }, ['ENOTDIR', 'chdir', plain]],
    ['true', [], { stdin: { file: gone } }, ['ENOENT', 'open', gone]],
    ['true', [], { stdout: { file: folder } }, ['EISDIR', 'open', folder]],
    ['true', [], { fds: { 7: 999_999 } }, ['EBADF', 'descriptors', undefined]],
  ];
  const before = descriptorsOf(process.pid);
  for (const [program, args, options, [code, stage, path]] of failures) {
    await assert.rejects(spawn(program, args, options), (error) => {
      assert.ok(error instanceof SpawnError);
      const { pid, errno } = error;
      assert.deepEqual([error.code, error.stage, error.path], [code, stage, path]);
      assert.deepEqual([error.program, pid], [program, undefined]);
      assert.ok(errno !== undefined && errno > 0 && error.syscall !== undefined);
      assert.ok(error.message.startsWith(`cannot start '${program}': `), error.message);
      return true;
    });
  }
  await assert.rejects(spawn('true', ['x'.repeat(3_000_000)]), { code: 'E2BIG', stage: 'exec' });
  assert.deepEqual(childrenOf(process.pid), []);
  const left = [...descriptorsOf(process.pid)].filter(([fd]) => !before.has(fd));
  assert.deepEqual(
    left.filter(([, target]) => !target.startsWith('anon_inode')),
    [],
  );
});

import assert from 'node:assert/strict';
import { closeSync, openSync } from 'node:fs';
import { chmod, copyFile, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';

import { run, spawn, SpawnError, type SpawnOptions } from 'brood';

import { isRoot, otherUser } from '../harness/as-user.ts';
import { inNode } from '../harness/in-node.ts';
import { childrenOf } from '../harness/proc.ts';
import { temporaryFolder } from '../harness/temp.ts';

/** The error of a start that must fail; nothing may be left of it. */
async function failure(
  program: string,
  args: readonly string[] = [],
  options: SpawnOptions = {},
): Promise<SpawnError> {
  const before = childrenOf(process.pid);
  const error = await spawn(program, args, options).then(
    (child) => assert.fail(`started as ${child.pid}`),
    (reason: unknown) => reason,
  );
  assert.ok(error instanceof SpawnError, String(error));
  assert.equal(error.pid, undefined);
  assert.equal(error.program, program);
  assert.ok(error.message.includes(program), error.message);
  assert.deepEqual(childrenOf(process.pid), before);
  return error;
}

/** The same in a Node without rights; each entry is code of an options object. */
async function failuresAsNobody(options: readonly string[]): Promise<string[]> {
  const { stdout, stderr } = await inNode(
    `import { spawn } from 'brood';
     for (const options of [${options.join(', ')}]) {
       const error = await spawn('sleep', ['60'], options).catch((reason) => reason);
       console.log(error.stage + ' ' + error.code + ' ' + (error.path ?? ''));
       error.kill?.();
     }`,
    { ...(isRoot ? otherUser : undefined) },
  );
  assert.equal(stderr, '');
  return stdout
    .trimEnd()
    .split('\n')
    .map((line) => line.trim());
}

test('a program that is nowhere', async () => {
  const named = await failure('brood-no-such-program');
  assert.deepEqual([named.stage, named.code, named.errno], ['resolve', 'ENOENT', 2]);
  const { code, path } = await failure('/no/such/program');
  assert.deepEqual([code, path], ['ENOENT', '/no/such/program']);
});

test('a file that is not executable, and a folder', async (t) => {
  const folder = await temporaryFolder(t);
  const path = join(folder, 'file');
  await writeFile(path, 'echo');
  for (const program of [path, folder]) {
    const error = await failure(program);
    assert.deepEqual([error.stage, error.code, error.path], ['exec', 'EACCES', program]);
  }
});

test('a file in the place of a folder', async (t) => {
  const path = join(await temporaryFolder(t), 'file');
  await writeFile(path, '');
  const error = await failure(`${path}/program`);
  assert.deepEqual([error.stage, error.code], ['exec', 'ENOTDIR']);
});

test('a script whose interpreter is missing', async (t) => {
  const path = join(await temporaryFolder(t), 'script');
  await writeFile(path, '#!/no/such/interpreter\n');
  await chmod(path, 0o755);
  const error = await failure(path);
  assert.deepEqual([error.stage, error.code], ['exec', 'ENOENT']);
  assert.match(error.message, /interpreter/);
});

test('arguments that are too long', async () => {
  const error = await failure('echo', ['x'.repeat(4_000_000)]);
  assert.deepEqual([error.stage, error.code], ['exec', 'E2BIG']);
});

test('a program that somebody writes to', async (t) => {
  const path = join(await temporaryFolder(t), 'program');
  await copyFile('/bin/true', path);
  const fd = openSync(path, 'r+');
  try {
    const error = await failure(path);
    assert.deepEqual([error.stage, error.code], ['exec', 'ETXTBSY']);
  } finally {
    closeSync(fd);
  }
  assert.equal((await run(path)).status.code, 0);
});

test('a missing cwd is told from a missing program', async (t) => {
  const missing = join(await temporaryFolder(t), 'missing');
  const error = await failure('true', [], { cwd: missing });
  assert.deepEqual([error.stage, error.code, error.path], ['chdir', 'ENOENT', missing]);
  assert.ok(error.message.includes(missing));
  const file = await failure('true', [], { cwd: '/etc/passwd' });
  assert.deepEqual([file.stage, file.code], ['chdir', 'ENOTDIR']);
});

test('our own cwd has vanished', async (t) => {
  const folder = join(await temporaryFolder(t), 'vanishes');
  await mkdir(folder);
  const { stdout, stderr } = await inNode(`
    import { rmdirSync } from 'node:fs';
    import { run, spawn } from 'brood';
    process.chdir(${JSON.stringify(folder)});
    rmdirSync(${JSON.stringify(folder)});
    console.log((await run('true')).status.code);
    const error = await spawn('./tool', [], { cwd: '/' }).catch((reason) => reason);
    console.log(error.name, error.stage, error.code);
  `);
  assert.equal(stdout, '0\nSpawnError resolve ENOENT\n', stderr);
});

test('files that cannot be opened are named', async () => {
  const missing = await failure('true', [], { stdin: { file: '/no/such/file' } });
  assert.deepEqual(
    [missing.stage, missing.code, missing.path],
    ['open', 'ENOENT', '/no/such/file'],
  );
  const folder = await failure('true', [], { stdout: { file: '/' } });
  assert.deepEqual([folder.stage, folder.code, folder.path], ['open', 'EISDIR', '/']);
});

test('descriptors that are not open', async () => {
  const error = await failure('true', [], { stdin: 4000 });
  assert.deepEqual([error.stage, error.code], ['descriptors', 'EBADF']);
});

test('attributes that the kernel refuses', async () => {
  const cgroup = await failure('true', [], { cgroup: '/no/such/cgroup' });
  assert.deepEqual(
    [cgroup.stage, cgroup.code, cgroup.path],
    ['cgroup', 'ENOENT', '/no/such/cgroup'],
  );
  assert.match(
    (await failure('true', [], { cgroup: '/usr' })).message,
    /'\/usr'.*it is no cgroup$/,
  );
  const affinity = await failure('true', [], { affinity: [1023] });
  assert.deepEqual([affinity.stage, affinity.code], ['affinity', 'EINVAL']);
  const terminal = await failure('true', [], { stdin: 'ignore', controllingTerminal: true });
  assert.deepEqual([terminal.stage, terminal.code], ['controllingTerminal', 'ENOTTY']);
  const group = await failure('true', [], { processGroup: 0x7fff_fff0 });
  assert.equal(group.stage, 'processGroup');
});

test('what only root may do', async () => {
  const found = await failuresAsNobody([
    '{ uid: 0 }',
    '{ gid: 0 }',
    '{ groups: [0] }',
    '{ priority: -5 }',
    '{ limits: { openFiles: 2 ** 40 } }',
    `{ oomScoreAdjust: -900 }`,
    `{ scheduling: { policy: 'fifo', priority: 5 } }`,
  ]);
  assert.deepEqual(found, [
    'setuid EPERM',
    'setgid EPERM',
    'groups EPERM',
    'priority EACCES',
    'rlimit EPERM',
    'oomScoreAdjust EACCES /proc/self/oom_score_adj',
    'scheduling EPERM',
  ]);
});

test('a full process table', async () => {
  const { stdout, stderr } = await inNode(
    `import { current, run, spawn } from 'brood';
     const { processes } = current.limits;
     await run('true');
     current.limits = { processes: { soft: 1, hard: processes.hard } };
     const error = await spawn('true').catch((reason) => reason);
     console.log(error.name, error.stage, error.code, error.pid);
     current.limits = { processes };
     console.log((await run('true')).status.code);`,
    { ...(isRoot ? otherUser : undefined) },
  );
  assert.match(stdout, /^SpawnError (clone|exec) EAGAIN undefined\n0\n$/, stderr);
});

test('descriptors at their limit', async () => {
  const { stdout, stderr } = await inNode(
    `import { closeSync, openSync, readdirSync } from 'node:fs';
     import { run, spawn } from 'brood';
     await run('true');
     const open = () => readdirSync('/proc/self/fd').length;
     const before = open();
     const taken = [];
     try {
       for (;;) taken.push(openSync('/dev/null'));
     } catch {}
     const error = await spawn('true').catch((reason) => reason);
     const bare = await spawn('true', { stdin: 'inherit', stdout: 'inherit', stderr: 'inherit' })
       .catch((reason) => reason);
     taken.forEach((fd) => closeSync(fd));
     console.log(error.name, error.code, error.pid, bare.name, bare.code);
     console.log((await run('true')).status.code, open() === before);`,
    { wrap: ['sh', '-c', 'ulimit -n 100; exec "$@"', 'sh'] },
  );
  assert.match(
    stdout,
    /^SpawnError EMFILE undefined (SpawnError EMFILE|undefined undefined)\n0 true\n$/,
    stderr,
  );
});

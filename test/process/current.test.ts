import assert from 'node:assert/strict';
import { mkdir, rmdir } from 'node:fs/promises';
import { join } from 'node:path';
import test from 'node:test';
import { inspect } from 'node:util';

import { current, Process, ProcessError } from 'brood';

import { inNode } from '../harness/in-node.ts';
import { stat, status, until } from '../harness/proc.ts';
import { temporaryFolder } from '../harness/temp.ts';

test('who this program is, as the kernel sees it', () => {
  const seen = stat(process.pid);
  assert.ok(current instanceof Process);
  assert.equal(current.isCurrent, true);
  assert.equal(current.pid, process.pid);
  assert.equal(current.ppid, seen?.ppid);
  assert.equal(current.processGroup, seen?.pgid);
  assert.equal(current.session, seen?.sid);
  assert.equal(current.isAlive(), true);
  assert.equal(current.exitStatus, undefined);
  assert.equal(current.argv, process.argv);
  assert.equal(current.env, process.env);
  assert.equal(current.stdin, process.stdin);
  assert.equal(current.stdout, process.stdout);
  assert.equal(current.stderr, process.stderr);
  assert.equal(String(current), `CurrentProcess ${process.pid} (running)`);
  assert.equal(inspect(current), `[CurrentProcess ${process.pid} (running)]`);
});

test('the working directory, and what cannot be one', async (t) => {
  const before = current.cwd;
  t.after(() => process.chdir(before));
  const folder = await temporaryFolder(t);
  assert.equal(before, process.cwd());
  current.cwd = folder;
  assert.equal(process.cwd(), current.cwd);
  const missing = join(folder, 'missing');
  assert.throws(
    () => (current.cwd = missing),
    (error: ProcessError) => {
      assert.ok(error instanceof ProcessError);
      assert.deepEqual([error.code, error.syscall, error.errno], ['ENOENT', 'chdir', 2]);
      assert.match(error.message, /missing/);
      return true;
    },
  );
  assert.throws(() => (current.cwd = '/dev/null'), { name: 'ProcessError', code: 'ENOTDIR' });
  assert.throws(() => (current.cwd = 5 as unknown as string), { code: 'ERR_INVALID_ARG_TYPE' });
  await mkdir(missing);
  current.cwd = missing;
  await rmdir(missing);
  assert.throws(() => current.cwd, { name: 'ProcessError', code: 'ENOENT' });
});

test('the umask is that of the process', (t) => {
  const before = current.umask;
  t.after(() => process.umask(before));
  current.umask = 0o137;
  assert.equal(current.umask, 0o137);
  assert.equal(status(process.pid)['Umask'], '0137');
  for (const mask of [-1, 0o1000, 1.5, NaN]) {
    assert.throws(() => (current.umask = mask), { code: 'ERR_OUT_OF_RANGE' });
  }
  assert.throws(() => (current.umask = '022' as unknown as number), {
    code: 'ERR_INVALID_ARG_TYPE',
  });
  assert.equal(current.umask, 0o137);
});

test('the title is what others see', () => {
  current.title = 'brood-test';
  assert.equal(current.title, 'brood-test');
  assert.equal(stat(process.pid)?.comm, 'brood-test');
  assert.throws(() => (current.title = 5 as unknown as string), { code: 'ERR_INVALID_ARG_TYPE' });
});

test('a process cannot wait for itself', async () => {
  const refusal = { name: 'ProcessError', code: 'ERR_INVALID_STATE', message: /wait for itself/ };
  await assert.rejects(current.wait(), refusal);
  await assert.rejects(current.wait({ timeout: 1 }), refusal);
  await assert.rejects(current.terminate(), refusal);
  assert.throws(() => current.waitSync(), refusal);
});

test('a signal to itself', async () => {
  let got = false;
  process.once('SIGUSR2', () => (got = true));
  assert.equal(current.signal('SIGUSR2'), true);
  await until(() => got, 'the signal');
  assert.equal(current.signal(0), true);
  const killed = await inNode(`import { current } from 'brood';
    console.log(current.kill());`);
  assert.equal(killed.signal, 'SIGKILL');
});

test('its own priority, affinity and limits', () => {
  const { nice } = stat(process.pid) ?? {};
  assert.equal(current.priority, nice);
  assert.deepEqual(current.limits.coreSize, current.limits.coreSize);
  const [first = 0] = current.affinity;
  const before = current.affinity;
  current.affinity = [first];
  assert.match(status(process.pid)['Cpus_allowed_list'] ?? '', new RegExp(`^${first}$`));
  current.affinity = before;
  assert.deepEqual(current.affinity, before);
});

test('the subreaper attribute can be set and taken back', async () => {
  const { stdout, stderr } = await inNode(`import { current } from 'brood';
    console.log(current.subreaper);
    current.subreaper = true;
    console.log(current.subreaper);
    current.subreaper = false;
    console.log(current.subreaper);
    try { current.subreaper = 1; } catch (error) { console.log(error.code); }`);
  assert.equal(stdout, 'false\ntrue\nfalse\nERR_INVALID_ARG_TYPE\n', stderr);
});

test('holding, letting go and disposing of itself changes nothing', async () => {
  const { stdout, code } = await inNode(`import { current } from 'brood';
    current.ref().unref().detach();
    await current[Symbol.asyncDispose]();
    console.log(current.isAlive(), current.priority);`);
  assert.equal(code, 0);
  assert.match(stdout, /^true \d+\n$/);
});

test('to import brood does not open the standard streams', async () => {
  const { stdout, stderr } = await inNode(`
    import { readFileSync, writeSync } from 'node:fs';
    import 'brood';
    // Node makes a pipe non-blocking when it makes a stream of it, for all who have that pipe.
    const flags = /flags:\\s*(\\d+)/.exec(readFileSync('/proc/self/fdinfo/0', 'latin1'))[1];
    writeSync(1, String((parseInt(flags, 8) & 0o4000) === 0));
  `);
  assert.equal(stdout, 'true', stderr);
});

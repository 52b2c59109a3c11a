/** What a task of the fork server is set up with, and what becomes of steps that fail. */
import assert from 'node:assert/strict';
import { closeSync, openSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Duplex } from 'node:stream';
import { test } from 'node:test';

import { current, pipe, socketpair, SpawnError } from 'brood';

import { isRoot, otherUser } from '../harness/as-user.ts';
import { byServer } from '../harness/fork-server.ts';
import { childrenOf, stat, until } from '../harness/proc.ts';
import { rejection } from '../harness/task-methods.ts';
import { temporaryFolder } from '../harness/temp.ts';

test('descriptors: exactly those, at their numbers, also where Node would have its own', async (t) => {
  const by = byServer(t);
  const folder = await temporaryFolder(t);
  const file = join(folder, 'in');
  writeFileSync(file, 'from a file');
  const number = openSync(file, 'r');
  const { readEnd, writeEnd } = pipe();
  const [ours, theirs] = socketpair();
  const task = await by({
    fds: { 3: number, 4: readEnd, 9: theirs, 21: 'pipe', 63: { file } },
  })(async () => {
    const fs = await import('node:fs');
    fs.writeSync(9, 'over the socket');
    fs.writeSync(21, 'over the pair');
    const open = fs.readdirSync('/proc/self/fd').map(Number);
    const low = open
      .filter((fd) => fd < 64)
      .filter((fd) => {
        try {
          return fs.fstatSync(fd) !== undefined;
        } catch {
          return false; // the folder itself, closed by now
        }
      });
    const all = [3, 4, 63].map((fd) => fs.readFileSync(fd, 'utf8'));
    return [low.toSorted((a, b) => a - b).join(' '), ...all];
  });
  closeSync(number);
  assert.ok(readEnd.isClosed && theirs.isClosed);
  writeEnd.writable().end('through a pipe');
  assert.deepEqual(await task.result, [
    '0 1 2 3 4 9 21 63',
    'from a file',
    'through a pipe',
    'from a file',
  ]);
  const heard = await ours.receive();
  assert.equal(Buffer.from(heard.data).toString(), 'over the socket');
  ours.close();
  const [pair] = (await (task.fds[21] as Duplex).toArray()) as Buffer[];
  assert.equal(String(pair), 'over the pair');
  await assert.rejects(
    by({ fds: { 64: 'ignore' } })(() => 0),
    { code: 'ERR_OUT_OF_RANGE' },
  );
});

test('limits, priority, affinity, session, group and the other attributes', async (t) => {
  const by = byServer(t, { linger: true });
  const task = await by({
    priority: 7,
    affinity: [0],
    limits: { openFiles: 200, fileSize: Infinity },
    session: true,
    oomScoreAdjust: 500,
    ioPriority: { class: 'idle' },
  })(() => void setInterval(() => {}, 1000));
  assert.equal(task.priority, 7);
  assert.deepEqual(task.affinity, [0]);
  assert.deepEqual(task.limits.openFiles, { soft: 200, hard: 200 });
  assert.equal(task.ioPriority.class, 'idle');
  assert.equal(stat(task.pid)?.sid, task.pid);
  assert.equal(readFileSync(`/proc/${task.pid}/oom_score_adj`, 'utf8'), '500\n');
  await task.terminate();
  const plain = await by()(() => void setInterval(() => {}, 1000));
  assert.equal(stat(plain.pid)?.pgid, stat(process.pid)?.pgid);
  assert.equal(stat(plain.pid)?.sid, stat(process.pid)?.sid);
  assert.equal(plain.priority, current.priority);
  await plain.terminate();
});

test('another user, in all of its threads', async (t) => {
  if (!isRoot) return t.skip('needs root');
  const by = byServer(t, { linger: true });
  const task = await by({ ...otherUser, stdout: 'pipe' })(async () => {
    const files = await import('node:fs/promises');
    await files.stat('/');
    process.stdout.write('ready\n');
    setInterval(() => {}, 1000);
  });
  for await (const line of task) {
    assert.equal(line, 'ready');
    break;
  }
  const threads = readFileSync(`/proc/${task.pid}/status`, 'utf8');
  assert.match(threads, /^Uid:\t65534\t65534\t65534\t65534$/m);
  for (const id of readdirSync(`/proc/${task.pid}/task`)) {
    assert.match(readFileSync(`/proc/${task.pid}/task/${id}/status`, 'utf8'), /^Uid:\t65534\t/m);
  }
  await task.terminate();
});

test('a step of the set-up that fails is told with its path, and leaves nothing behind', async (t) => {
  const by = byServer(t, { spares: 0 });
  const cwd = await rejection(by({ cwd: '/nowhere/at/all' })(() => 0));
  assert.ok(cwd instanceof SpawnError);
  assert.deepEqual([cwd.stage, cwd.code, cwd.path], ['chdir', 'ENOENT', '/nowhere/at/all']);
  const file = await rejection(by({ stdout: { file: '/nowhere/file' } })(() => 0));
  assert.ok(file instanceof SpawnError);
  assert.deepEqual([file.stage, file.path], ['open', '/nowhere/file']);
  const cgroup = await rejection(by({ cgroup: '/sys/fs/cgroup/brood-no-such' })(() => 0));
  assert.ok(cgroup instanceof SpawnError);
  assert.equal(cgroup.stage, 'cgroup');
  const { readEnd, writeEnd } = pipe();
  await assert.rejects(
    by({ cwd: '/nowhere', fds: { 5: readEnd } })(() => 0),
    SpawnError,
  );
  assert.equal(readEnd.isClosed, false);
  readEnd.close();
  writeEnd.close();
  await until(() => childrenOf(process.pid).length <= 1, 'their end');
});

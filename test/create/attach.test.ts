import assert from 'node:assert/strict';
import { test } from 'node:test';

import { attach, current, NoSuchProcessError, NullID, PermissionError, spawn } from 'brood';

import { isRoot, otherUser } from '../harness/as-user.ts';
import { inNode, startInNode } from '../harness/in-node.ts';
import { stat, until } from '../harness/proc.ts';

test('our own pid gives current, a child of ours its handle', async () => {
  assert.equal(attach(process.pid), current);
  await using child = await spawn('sleep', ['60']);
  assert.equal(attach(child.pid), child);
});

test('a process that somebody else started: alive, waited for, signalled', async () => {
  const { pid, result } = startInNode('setInterval(() => {}, 1000)');
  const stranger = attach(pid);
  assert.deepEqual([stranger.pid, stranger.isCurrent, stranger.isAlive()], [pid, false, true]);
  assert.equal(stranger.exitStatus, undefined);
  assert.equal(await stranger.wait({ timeout: 10 }), undefined);
  assert.equal(stranger.signal('SIGTERM'), true);
  const status = await stranger.wait();
  assert.ok(status.kind === 'unobserved' || status.signal === 'SIGTERM', status.toString());
  await result;
  assert.equal(stranger.isAlive(), false);
  assert.equal(stranger.signal('SIGTERM'), false);
  // Again, and after it was reaped.
  assert.equal((await stranger.wait()).kind, status.kind);
});

test('its attributes are read and set', async () => {
  const { pid, child, result } = startInNode('setInterval(() => {}, 1000)');
  const stranger = attach(pid);
  stranger.priority = 4;
  assert.deepEqual([stranger.priority, stat(pid)?.nice], [4, 4]);
  child.kill('SIGKILL');
  await Promise.all([result, stranger.wait()]);
});

test('a pid that nobody has', async () => {
  const child = await spawn('true');
  const { pid } = child;
  await child.wait();
  assert.throws(
    () => attach(pid),
    (error: unknown) => error instanceof NoSuchProcessError && error.pid === pid,
  );
});

test('the null id is no process, ours neither', () => {
  assert.equal(NullID, 0);
  assert.notEqual(current.pid, NullID);
  assert.throws(() => attach(NullID), { name: 'RangeError', code: 'ERR_OUT_OF_RANGE' });
});

test('a process of another user can be looked at, not signalled', async (t) => {
  if (!isRoot) return t.skip('needs root');
  const { pid, child, result } = startInNode('setInterval(() => {}, 1000)');
  const { stdout, stderr } = await inNode(
    `import { attach } from 'brood';
     const stranger = attach(${pid});
     console.log(stranger.isAlive());
     try {
       stranger.signal('SIGTERM');
     } catch (error) {
       console.log(error.name, error.code, error.pid === ${pid});
     }`,
    otherUser,
  );
  assert.equal(stdout, 'true\nPermissionError EPERM true\n', stderr);
  assert.ok(PermissionError.prototype instanceof Error);
  child.kill('SIGKILL');
  await result;
});

test('a kernel thread is a process like another, without an end', async (t) => {
  if (stat(2)?.comm !== 'kthreadd') return t.skip('no kernel threads in this namespace');
  const { stdout, stderr } = await inNode(`
    import { attach } from 'brood';
    const thread = attach(2);
    console.log(thread.isAlive(), await thread.wait({ timeout: 5 }));
  `);
  assert.equal(stdout, 'true undefined\n', stderr);
});

test('a child of node:child_process can be attached to, and both learn of its end', async () => {
  const { pid, child, result } = startInNode('process.exitCode = 3');
  const same = attach(pid);
  const [status, { code }] = await Promise.all([same.wait(), result]);
  assert.equal(code, 3);
  assert.ok(status.kind === 'unobserved' || status.code === 3, status.toString());
  await until(() => child.exitCode === 3);
});

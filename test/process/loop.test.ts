import assert from 'node:assert/strict';
import { spawn as nodeSpawn } from 'node:child_process';
import { once } from 'node:events';
import { test } from 'node:test';

import { attach, features } from 'brood';

import { inNode } from '../harness/in-node.ts';
import { descriptorsOf, stat } from '../harness/proc.ts';

test('pipes that nobody took do not keep the program alive, those taken do', async () => {
  const { stdout, stderr } = await inNode(`
    import { spawn } from 'brood';
    const idle = await spawn('sleep', ['1000']);
    idle.unref();
    const busy = await spawn('sh', ['-c', 'sleep 0.1; echo said']);
    busy.unref().stdout.on('data', (chunk) => console.log(String(chunk)));`);
  assert.equal(stdout, 'said\n\n', stderr);
});

test('a grandchild that holds the pipes does not keep the program alive', async () => {
  const { stdout, stderr } = await inNode(`
    import { spawn } from 'brood';
    const child = await spawn('sh', ['-c', 'sleep 1000 & echo $!; exit 3']);
    process.on('exit', () => console.log(child.exitStatus.code));
    for await (const pid of child.lines()) { console.log(pid); break; }`);
  const [pid, code] = stdout.split('\n');
  process.kill(Number(pid), 'SIGKILL');
  assert.equal(code, '3', stderr);
});

test('a child that was let go lives on beyond the program, also with its pipes in use', async () => {
  const { code, stdout, stderr } = await inNode(`
    import { spawn } from 'brood';
    const [one, two] = [await spawn('sleep', ['1000']), await spawn('sleep', ['1000'])];
    two.stdout.on('data', () => {});
    console.log(one.detach().pid, two.detach().pid);`);
  const pids = stdout.trim().split(' ').map(Number);
  assert.equal(code, 0, stderr);
  for (const pid of pids) {
    assert.equal(stat(pid)?.comm, 'sleep');
    process.kill(pid, 'SIGKILL');
  }
});

test('a handle that was disposed of holds no descriptor, and never means another process', async (t) => {
  const child = nodeSpawn('sleep', ['1000'], { stdio: 'ignore' });
  t.after(() => child.kill('SIGKILL'));
  const held = (): number =>
    [...descriptorsOf(process.pid).values()].filter((target) => target.includes('pidfd')).length;
  const before = held();
  const other = attach(child.pid ?? 0);
  assert.equal(held(), before + (features().pidfd.available ? 1 : 0));
  await other[Symbol.asyncDispose]();
  assert.equal(held(), before);
  assert.equal(other.isAlive(), true);
  await other[Symbol.asyncDispose]();
  child.kill();
  await once(child, 'exit');
  assert.equal(other.isAlive(), false);
  assert.equal(other.signal('SIGTERM'), false);
  assert.equal((await other.wait()).kind, 'unobserved');
  assert.equal(held(), before);
});

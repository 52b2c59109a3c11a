/** Waiting, signals, and processes of others. */
import assert from 'node:assert/strict';
import { spawn as nodeSpawn } from 'node:child_process';
import { once } from 'node:events';
import { constants } from 'node:os';
import { text } from 'node:stream/consumers';
import { test } from 'node:test';

import { attach, type Child, current, spawn } from 'brood';

import { inNode } from '../harness/in-node.ts';
import { hasEnded, isGone, stat, until } from '../harness/proc.ts';

const quiet = { stdin: 'ignore', stdout: 'ignore', stderr: 'ignore' } as const;

function sh(script: string, options: { session?: boolean } = {}): Promise<Child> {
  return spawn('sh', ['-c', script], { ...quiet, ...options });
}

/** A child that has said that it is ready for signals. */
async function ready(script: string): Promise<Child> {
  const child = await spawn('sh', ['-c', `${script}; echo ready; while :; do sleep 0.1; done`], {
    ...quiet,
    stdout: 'pipe',
  });
  assert.ok(child.stdout !== null);
  await once(child.stdout, 'data');
  child.stdout.destroy();
  return child;
}

test('an exit code is told as often as one asks', async () => {
  const child = await sh('exit 7');
  const status = await child.wait();
  assert.equal(status.kind, 'exited');
  assert.equal(status.code, 7);
  assert.equal(status.ok, false);
  assert.equal(status.shellCode, 7);
  assert.equal(status.waitStatus, 7 << 8);
  assert.equal(String(status), 'exited with code 7');
  assert.equal(await child.wait(), status);
  assert.equal(child.exitStatus, status);
  assert.equal(child.waitSync(), status);
  assert.equal(child.isAlive(), false);
  assert.ok(isGone(child.pid));
});

test('every exit code comes through', async () => {
  const codes = [0, 1, 2, 126, 127, 128, 254, 255];
  const children = await Promise.all(codes.map((code) => sh(`exit ${code}`)));
  const statuses = await Promise.all(children.map((child) => child.wait()));
  assert.deepEqual(
    statuses.map((status) => status.code),
    codes,
  );
});

test('a death by a signal has its name', async () => {
  for (const name of ['SIGTERM', 'SIGKILL', 'SIGHUP', 'SIGUSR1'] as const) {
    const child = await sh('while :; do sleep 1; done');
    assert.equal(child.signal(name), true);
    const status = await child.wait();
    assert.deepEqual([status.kind, status.signal, status.code], ['signaled', name, undefined]);
    assert.equal(status.shellCode, 128 + constants.signals[name]);
    assert.equal(String(status), `killed by ${name}`);
  }
});

test('a signal to a process that ended is false, and reaches nobody', async () => {
  const child = await sh('exit 0');
  await child.wait();
  for (const name of ['SIGTERM', 'SIGKILL', 0] as const) assert.equal(child.signal(name), false);
  assert.equal(child.kill(), false);
  assert.equal(child.suspend(), false);
  assert.equal((await child.terminate()).code, 0);
});

test('a bounded wait gives up, and the process goes on', async () => {
  await using child = await sh('while :; do sleep 1; done');
  assert.equal(await child.wait({ timeout: 0 }), undefined);
  assert.equal(await child.wait({ timeout: 5 }), undefined);
  assert.equal(await child.wait({ deadline: Date.now() + 5 }), undefined);
  assert.equal(await child.wait({ signal: AbortSignal.abort() }), undefined);
  assert.equal(child.isAlive(), true);
  assert.equal(child.waitSync({ timeout: 5 }), undefined);
  assert.equal(child.isAlive(), true);
});

test('a blocking wait tells how a child ended', async () => {
  assert.equal((await sh('exit 5')).waitSync().code, 5);
  assert.equal((await sh('sleep 0.05; exit 6')).waitSync({ timeout: 20_000 })?.code, 6);
  const killed = await sh('kill -9 $$');
  assert.equal(killed.waitSync().signal, 'SIGKILL');
  assert.equal((await killed.wait()).signal, 'SIGKILL');
});

test('terminate() is gentle first, and firm after the grace', async () => {
  const gentle = await ready("trap 'exit 3' TERM");
  assert.equal((await gentle.terminate({ grace: 20_000 })).code, 3);
  const deaf = await ready("trap '' TERM");
  assert.equal((await deaf.terminate({ grace: 20 })).signal, 'SIGKILL');
});

test('suspend() and resume()', async () => {
  await using child = await sh('while :; do sleep 0.1; done');
  assert.equal(child.suspend(), true);
  await until(() => stat(child.pid)?.state === 'T', 'a stopped child');
  assert.equal(child.resume(), true);
  await until(() => stat(child.pid)?.state !== 'T', 'a child that goes on');
  assert.equal(child.isAlive(), true);
});

test('a group and a tree are reached as a whole', async () => {
  for (const scope of [{ group: true }, { tree: true }]) {
    const child = await spawn('sh', ['-c', 'sleep 1000 & echo $!; wait'], { session: true });
    assert.ok(child.stdout !== null);
    assert.equal(stat(child.pid)?.sid, child.pid);
    const output = text(child.stdout);
    const [chunk] = (await once(child.stdout, 'data')) as [Buffer];
    const grandchild = Number(chunk.toString());
    assert.equal((await child.terminate(scope)).signal, 'SIGTERM');
    await output;
    await until(() => hasEnded(grandchild), 'the end of the grandchild');
  }
});

test('children that nobody waits for are reaped', async () => {
  const pids = await Promise.all(Array.from({ length: 20 }, async () => (await sh('exit 0')).pid));
  await until(() => pids.every(isGone), 'reaped children');
});

test('many that end at once are all told', async () => {
  const children = await Promise.all(Array.from({ length: 60 }, (_, i) => sh(`exit ${i}`)));
  const codes = await Promise.all(children.map(async (child) => (await child.wait()).code));
  assert.deepEqual(
    codes,
    Array.from({ length: 60 }, (_, i) => i),
  );
});

test('what node:child_process started keeps its status', async () => {
  const other = nodeSpawn('sh', ['-c', 'exit 9'], { stdio: 'ignore' });
  const exit = once(other, 'exit');
  const child = await sh('exit 1');
  assert.equal((await child.wait()).code, 1);
  assert.deepEqual(await exit, [9, null]);
});

test('a time-out stops the child', async () => {
  const child = await spawn('sleep', ['1000'], { ...quiet, timeout: 20 });
  assert.equal((await child.wait()).signal, 'SIGTERM');
  const aborted = new AbortController();
  const other = await spawn('sleep', ['1000'], {
    ...quiet,
    signal: aborted.signal,
    killSignal: 'SIGINT',
  });
  aborted.abort();
  assert.equal((await other.wait()).signal, 'SIGINT');
});

test('attach() finds our own child, and ourselves', async () => {
  await using child = await sh('while :; do sleep 1; done');
  assert.equal(attach(child.pid), child);
  assert.equal(attach(process.pid), current);
});

test("a stranger's end is noticed, and its status is never made up", async () => {
  const other = nodeSpawn('sleep', ['1000'], { stdio: 'ignore' });
  assert.ok(other.pid !== undefined);
  const stranger = attach(other.pid);
  assert.equal(stranger.isAlive(), true);
  assert.equal(stranger.exitStatus, undefined);
  assert.equal(await stranger.wait({ timeout: 15 }), undefined);
  assert.equal(stranger.waitSync({ timeout: 15 }), undefined);
  const end = stranger.wait();
  assert.equal(stranger.signal('SIGKILL'), true);
  const status = await end;
  if (status.kind !== 'unobserved') assert.equal(status.signal, 'SIGKILL');
  assert.equal(status.ok, false);
  assert.equal(stranger.isAlive(), false);
  assert.equal(stranger.signal('SIGTERM'), false);
  assert.equal(await stranger.wait(), status);
});

test("a blocking wait sees a stranger's end", async () => {
  const outer = await spawn('sh', ['-c', 'sleep 0.2 & echo $!; exec sleep 1000'], {
    stdin: 'ignore',
    stderr: 'ignore',
  });
  assert.ok(outer.stdout !== null);
  const [chunk] = (await once(outer.stdout, 'data')) as [Buffer];
  outer.stdout.destroy();
  const grandchild = attach(Number(chunk.toString()));
  const status = grandchild.waitSync({ timeout: 20_000 });
  assert.ok(status !== undefined);
  if (status.kind !== 'unobserved') assert.equal(status.code, 0);
  await outer.terminate();
});

test('attach() refuses what is no process', () => {
  assert.throws(() => attach(2 ** 30), {
    name: 'NoSuchProcessError',
    code: 'ESRCH',
    pid: 2 ** 30,
  });
  for (const pid of [0, -1, 1.5, NaN])
    assert.throws(() => attach(pid), { code: 'ERR_OUT_OF_RANGE' });
  assert.throws(() => attach('1' as unknown as number), { code: 'ERR_INVALID_ARG_TYPE' });
});

test('a child keeps the program alive until it is let go', async () => {
  const stays = await inNode(`
    import { spawn } from 'brood';
    const child = await spawn('sh', ['-c', 'sleep 0.1; echo done'], { stdout: 'inherit' });
    process.on('exit', () => console.log(String(child.exitStatus)));
  `);
  assert.equal(stays.stdout, 'done\nexited with code 0\n', stays.stderr);
  const leaves = await inNode(`
    import { spawn } from 'brood';
    const child = await spawn('sleep', ['1000'], { stdin: 'ignore', stdout: 'ignore', stderr: 'ignore' });
    child.unref();
    console.log(child.pid);
  `);
  assert.equal(leaves.code, 0, leaves.stderr);
  await until(() => hasEnded(Number(leaves.stdout)), 'the clean-up of the child');
});

test('an orderly end stops the children, a detached one goes on', async () => {
  const { stdout, stderr, code } = await inNode(`
    import { spawn } from 'brood';
    const quiet = { stdin: 'ignore', stdout: 'ignore', stderr: 'ignore' };
    const kept = await spawn('sleep', ['1000'], quiet);
    const detached = (await spawn('sleep', ['1000'], quiet)).detach();
    console.log(kept.pid, detached.pid);
    process.exit(4);
  `);
  assert.equal(code, 4, stderr);
  const [kept = 0, detached = 0] = stdout.split(' ').map(Number);
  await until(() => hasEnded(kept), 'the end of the child');
  assert.equal(hasEnded(detached), false);
  await attach(detached).terminate();
});

import assert from 'node:assert/strict';
import test from 'node:test';

import { current, pipe, spawn, type Child } from 'brood';

import { inNode } from '../harness/in-node.ts';
import { isGone, until } from '../harness/proc.ts';

const quiet = { stdin: 'ignore', stdout: 'ignore', stderr: 'ignore' } as const;

/** Children that end when they are told to, one by one. */
async function obedient(count: number): Promise<{ child: Child; end: () => void }[]> {
  return Promise.all(
    Array.from({ length: count }, async (_, i) => {
      const { readEnd, writeEnd } = pipe();
      const child = await spawn('sh', ['-c', `read x; exit ${i}`], { ...quiet, stdin: readEnd });
      return { child, end: (): void => writeEnd.close() };
    }),
  );
}

test('without a child there is nothing to wait for', async () => {
  await assert.rejects(current.waitAny(), {
    name: 'ProcessError',
    code: 'ECHILD',
    syscall: 'wait',
    errno: 10,
  });
});

test('children are told in the order in which they end', async () => {
  const children = await obedient(3);
  for (const i of [1, 2, 0]) {
    const next = current.waitAny();
    children[i]?.end();
    const ended = await next;
    assert.equal(ended, children[i]?.child);
    assert.equal(ended.exitStatus?.code, i);
  }
  await assert.rejects(current.waitAny(), { code: 'ECHILD' });
});

test('children that ended before are told in their order too, each once', async () => {
  const children = await obedient(3);
  for (const i of [2, 0, 1]) {
    const { child, end } = children[i] as { child: Child; end: () => void };
    end();
    await until(() => isGone(child.pid), 'the child to be reaped');
  }
  const codes = [];
  for (let i = 0; i < 3; i++) codes.push((await current.waitAny()).exitStatus?.code);
  assert.deepEqual(codes, [2, 0, 1]);
  await assert.rejects(current.waitAny(), { code: 'ECHILD' });
});

test('several may wait; each gets another child, and those too many get ECHILD', async () => {
  const children = await obedient(2);
  const waits = [current.waitAny(), current.waitAny(), current.waitAny()];
  const settled = Promise.allSettled(waits);
  for (const { child, end } of children) {
    end();
    await until(() => isGone(child.pid), 'the child to be reaped');
  }
  const [one, two, three] = await settled;
  assert.equal(one?.status === 'fulfilled' && one.value, children[0]?.child);
  assert.equal(two?.status === 'fulfilled' && two.value, children[1]?.child);
  assert.equal(three?.status === 'rejected' && three.reason.code, 'ECHILD');
});

test('a child whose status was given by a wait is not told again', async () => {
  const waited = await spawn('true', quiet);
  await waited.wait();
  const blocked = await spawn('true', quiet);
  blocked.waitSync();
  await assert.rejects(current.waitAny(), { code: 'ECHILD' });
});

test('it keeps the program alive, for children that do not', async () => {
  const { stdout } = await inNode(`import { current, spawn } from 'brood';
    const quiet = { stdin: 'ignore', stdout: 'ignore', stderr: 'ignore' };
    const child = await spawn('sh', ['-c', 'sleep 0.2; exit 5'], quiet);
    child.unref();
    console.log((await current.waitAny()).exitStatus.code);`);
  assert.equal(stdout, '5\n');
});

test('children of node:child_process are none of ours', async () => {
  const { stdout } = await inNode(`import { current, spawn } from 'brood';
    import { spawn as nodeSpawn } from 'node:child_process';
    const theirs = nodeSpawn('sh', ['-c', 'exit 6']);
    const told = new Promise((resolve) => theirs.once('exit', resolve));
    await current.waitAny().catch((error) => console.log(error.code));
    console.log(await told);`);
  assert.equal(stdout, 'ECHILD\n6\n');
});

test('a subreaper hears of orphans, with the status they ended with', async () => {
  const { stdout, stderr } = await inNode(`import { current, spawn } from 'brood';
    import { spawn as nodeSpawn } from 'node:child_process';
    current.subreaper = true;
    const script = '(sh -c "sleep 0.5; exit 7" & echo $!) ; exit 1';
    const child = await spawn('sh', ['-c', script], { stdin: 'ignore', stderr: 'ignore' });
    const orphan = Number((await child.lines().next()).value);
    const theirs = nodeSpawn('sh', ['-c', 'sleep 0.1; exit 6']);
    const told = new Promise((resolve) => theirs.once('exit', resolve));
    const one = await current.waitAny();
    const two = await current.waitAny();
    console.log(one === child, one.exitStatus.code);
    console.log(two.pid === orphan, String(two.exitStatus), two.signal('SIGTERM'), two.isAlive());
    console.log(await told);
    await current.waitAny().catch((error) => console.log(error.code));`);
  assert.equal(stdout, 'true 1\ntrue exited with code 7 false false\n6\nECHILD\n', stderr);
});

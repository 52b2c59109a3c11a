import assert from 'node:assert/strict';
import { execFile, spawn as nodeSpawn } from 'node:child_process';
import { once } from 'node:events';
import test from 'node:test';
import { promisify } from 'node:util';

import { ExitStatus, pipe, spawn, type Child } from 'brood';

import { inNode } from '../harness/in-node.ts';
import { childrenOf, isGone, stat, until } from '../harness/proc.ts';

const quiet = { stdin: 'ignore', stdout: 'ignore', stderr: 'ignore' } as const;

function sh(script: string): Promise<Child> {
  return spawn('sh', ['-c', script], quiet);
}

test('a wait tells how it ended, and can be repeated', async () => {
  const child = await sh('exit 7');
  const [one, two] = await Promise.all([child.wait(), child.wait()]);
  assert.ok(one instanceof ExitStatus);
  assert.equal(one.code, 7);
  assert.equal(two, one);
  assert.equal(await child.wait(), one);
  assert.equal(await child.wait({ timeout: 0 }), one);
  assert.equal(child.exitStatus, one);
  assert.equal(child.waitSync(), one);
  assert.equal(child.isAlive(), false);
});

test('a death by a signal, and the processor time used', async () => {
  const child = await sh('i=0; while [ $i -lt 20000 ]; do i=$((i+1)); done; kill -SEGV $$');
  const status = await child.wait();
  assert.equal(status.signal, 'SIGSEGV');
  assert.equal(status.code, undefined);
  assert.equal(status.ok, false);
  assert.ok(status.usage !== undefined && status.usage.userMs + status.usage.systemMs > 0);
});

test('a bounded wait gives up and leaves the process alone', async () => {
  await using child = await spawn('sleep', ['1000'], quiet);
  assert.equal(await child.wait({ timeout: 0 }), undefined);
  assert.equal(await child.wait({ timeout: 5 }), undefined);
  assert.equal(await child.wait({ deadline: Date.now() + 5 }), undefined);
  assert.equal(await child.wait({ deadline: new Date(0) }), undefined);
  assert.equal(await child.wait({ timeout: 1e12, deadline: Date.now() + 5 }), undefined);
  assert.equal(await child.wait({ signal: AbortSignal.abort() }), undefined);
  const controller = new AbortController();
  const wait = child.wait({ signal: controller.signal });
  controller.abort();
  assert.equal(await wait, undefined);
  assert.equal(child.exitStatus, undefined);
  assert.equal(child.isAlive(), true);
});

test('a bounded wait ends with the process, long before its bound', async () => {
  const child = await sh('exit 2');
  const status = await child.wait({
    timeout: 2 ** 40,
    deadline: new Date(Date.now() + 2 ** 40),
    signal: new AbortController().signal,
  });
  assert.equal(status?.code, 2);
});

test('bounds that make no sense are refused', async () => {
  await using child = await spawn('sleep', ['1000'], quiet);
  await assert.rejects(child.wait({ timeout: -1 }), {
    name: 'RangeError',
    code: 'ERR_OUT_OF_RANGE',
  });
  await assert.rejects(child.wait({ timeout: '1' as unknown as number }), {
    name: 'TypeError',
    code: 'ERR_INVALID_ARG_TYPE',
  });
  await assert.rejects(child.wait(1000 as unknown as object), { code: 'ERR_INVALID_ARG_TYPE' });
  await assert.rejects(child.wait({ signal: {} as AbortSignal }), { code: 'ERR_INVALID_ARG_TYPE' });
  assert.throws(() => child.waitSync({ deadline: new Date(NaN) }), {
    code: 'ERR_INVALID_ARG_VALUE',
  });
});

test('waitSync blocks until the end, or the bound', async () => {
  const child = await sh('sleep 0.05; exit 9');
  assert.equal(child.waitSync().code, 9);
  await using sleeper = await spawn('sleep', ['1000'], quiet);
  assert.equal(sleeper.waitSync({ timeout: 0 }), undefined);
  assert.equal(sleeper.waitSync({ timeout: 20 }), undefined);
  assert.equal(sleeper.waitSync({ deadline: Date.now() + 20 }), undefined);
  assert.equal(sleeper.waitSync({ signal: AbortSignal.abort() }), undefined);
  assert.ok(sleeper.isAlive());
});

test('the status of a child that ended long ago is still told', async () => {
  const children = await Promise.all([3, 4, 5].map((code) => sh(`exit ${code}`)));
  await until(() => children.every((child) => isGone(child.pid)), 'the children to be reaped');
  assert.deepEqual(
    await Promise.all(children.map(async (child) => (await child.wait()).code)),
    [3, 4, 5],
  );
});

test('a child that nobody waits for leaves no zombie', async () => {
  const child = await sh('exit 0');
  const { pid } = child;
  await until(() => isGone(pid), 'the child to be reaped');
});

test('1,000 children that end at once are all told, each with its own status', async () => {
  // All read from one pipe, and end when it is closed.
  const { readEnd, writeEnd } = pipe();
  const children: Child[] = [];
  while (children.length < 1000) {
    const next = Array.from({ length: 50 }, (_, i) => String((children.length + i) % 256));
    children.push(
      ...(await Promise.all(
        next.map((code) =>
          spawn('sh', ['-c', 'read x; exit "$0"', code], { ...quiet, stdin: readEnd.fd }),
        ),
      )),
    );
  }
  const waits = children.map((child) => child.wait());
  readEnd.close();
  writeEnd.close();
  const codes = (await Promise.all(waits)).map(({ code }) => code);
  assert.deepEqual(
    codes,
    children.map((_, i) => i % 256),
  );
});

test('node:child_process and brood never reap each other’s children', async () => {
  const codes = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9];
  const theirs = codes.map(async (code) => {
    const child = nodeSpawn('sh', ['-c', `exit ${code}`], { stdio: 'ignore' });
    const [exit] = (await once(child, 'exit')) as [number];
    return exit;
  });
  const ours = codes.map(async (code) => (await (await sh(`exit ${code}`)).wait()).code);
  assert.deepEqual(await Promise.all(theirs), codes);
  assert.deepEqual(await Promise.all(ours), codes);
  assert.equal((await promisify(execFile)('echo', ['fine'])).stdout, 'fine\n');
  assert.deepEqual(childrenOf(process.pid), []);
});

test('a child keeps the program alive until it ended, unless it is let go', async () => {
  const alive = async (seconds: number, then: string): Promise<string> => {
    const { stdout, stderr } = await inNode(`import { spawn } from 'brood';
      const quiet = { stdin: 'ignore', stdout: 'ignore', stderr: 'ignore' };
      const child = await spawn('sleep', ['${seconds}'], quiet);
      process.once('beforeExit', () => console.log(child.isAlive()));
      ${then}`);
    assert.equal(stderr, '');
    return stdout.trim();
  };
  assert.equal(await alive(0.2, ''), 'false');
  assert.equal(await alive(0.2, 'child.unref(); await child.wait();'), 'false');
  assert.equal(await alive(0.2, 'child.unref(); child.ref();'), 'false');
  assert.equal(await alive(1000, 'child.unref();'), 'true');
  assert.equal(await alive(1000, 'child.wait(); child.unref();'), 'true');
  assert.equal(await alive(1000, 'child.unref(); child.wait({ timeout: 1 });'), 'true');
});

test('a process that was attached keeps the program alive only while it is waited for', async () => {
  await using child = await spawn('sleep', ['1000'], quiet);
  const idle = await inNode(`import { attach } from 'brood';
    const other = attach(${child.pid});
    process.on('exit', () => console.log(other.isAlive()));`);
  assert.equal(idle.stdout, 'true\n');
  const bounded = await inNode(`import { attach } from 'brood';
    console.log(await attach(${child.pid}).wait({ timeout: 20 }));`);
  assert.equal(bounded.stdout, 'undefined\n');
});

test('a detached child outlives the program, and leaves it at once', async () => {
  const result = await inNode(`import { spawn } from 'brood';
    const quiet = { stdin: 'ignore', stdout: 'ignore', stderr: 'ignore' };
    const child = await spawn('sleep', ['1000'], quiet);
    child.detach();
    await child[Symbol.asyncDispose]();
    console.log(child.pid);`);
  const pid = Number(result.stdout);
  assert.equal(stat(pid)?.comm, 'sleep');
  process.kill(pid, 'SIGKILL');
  await until(() => isGone(pid) || stat(pid)?.state === 'Z', 'the sleeper to end');
});

test('a detached child is reaped all the same', async () => {
  const child = (await sh('exit 4')).detach();
  assert.equal((await child.wait()).code, 4);
  assert.ok(isGone(child.pid));
});

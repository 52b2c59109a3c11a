import assert from 'node:assert/strict';
import { test } from 'node:test';

import { ExitError, run, runSync, spawn } from 'brood';

import { inNode } from '../harness/in-node.ts';
import { hasEnded, until } from '../harness/proc.ts';

const quiet = { stdin: 'ignore', stdout: 'ignore', stderr: 'ignore' } as const;
/** Says when it is ready; asked to end, it says so and goes on. */
const stubborn = `trap 'echo asked' TERM; echo ready; while :; do sleep 0.02; done`;

async function failed(promise: Promise<unknown>): Promise<ExitError> {
  const error = await promise.then(
    () => assert.fail('it should have been rejected'),
    (reason: unknown) => reason,
  );
  assert.ok(error instanceof ExitError, String(error));
  return error;
}

test('timeout and deadline stop a spawned child', async () => {
  const byTimeout = await spawn('sleep', ['60'], { ...quiet, timeout: 50 });
  assert.equal((await byTimeout.wait()).signal, 'SIGTERM');
  const byDate = await spawn('sleep', ['60'], { ...quiet, deadline: new Date(Date.now() + 50) });
  assert.equal((await byDate.wait()).signal, 'SIGTERM');
  const byMoment = await spawn('sleep', ['60'], {
    ...quiet,
    deadline: Date.now() - 1,
    timeout: 1e9,
  });
  assert.equal((await byMoment.wait()).signal, 'SIGTERM');
});

test('a bound that is not reached changes nothing, and holds nothing up', async () => {
  const { stdout, stderr } = await inNode(`
    import { spawn, run } from 'brood';
    const signal = new AbortController().signal;
    const child = await spawn('sh', ['-c', 'exit 3'], { timeout: 1e9, signal });
    console.log(String(await child.wait()));
    console.log((await run('echo', ['x'], { deadline: Date.now() + 1e12, signal })).stdout);
  `);
  assert.equal(stdout, 'exited with code 3\nx\n\n', stderr);
});

test('a bound keeps no loop alive for a child that does not', async () => {
  const { stdout, stderr } = await inNode(`
    import { spawn } from 'brood';
    const quiet = { stdin: 'ignore', stdout: 'ignore', stderr: 'ignore' };
    const child = await spawn('sleep', ['60'], { ...quiet, timeout: 60_000 });
    child.unref();
    process.on('beforeExit', () => console.log(child.isAlive()));
  `);
  assert.equal(stdout, 'true\n', stderr);
});

test('many may share one AbortSignal', async () => {
  const { stdout, stderr } = await inNode(`
    import { run } from 'brood';
    const controller = new AbortController();
    const { signal } = controller;
    await Promise.all(Array.from({ length: 20 }, () => run('true', { signal })));
    const running = Array.from({ length: 20 }, () => run('sleep', ['60'], { signal }));
    controller.abort();
    const ends = await Promise.allSettled(running);
    console.log(ends.filter(({ reason }) => reason.name === 'AbortError').length);
  `);
  assert.deepEqual([stdout, stderr], ['20\n', '']);
});

test('killSignal is what it is stopped with, and SIGKILL comes after the grace', async () => {
  const polite = await spawn('sleep', ['60'], { ...quiet, timeout: 20, killSignal: 'SIGINT' });
  assert.equal((await polite.wait()).signal, 'SIGINT');
  const controller = new AbortController();
  const child = await spawn('sh', ['-c', stubborn], { signal: controller.signal, grace: 100 });
  const said: string[] = [];
  for await (const line of child) {
    said.push(line);
    controller.abort();
  }
  assert.deepEqual(said, ['ready', 'asked']);
  assert.equal((await child.wait()).signal, 'SIGKILL');
});

test('an AbortSignal stops a spawned child; one that is aborted already starts none', async () => {
  const controller = new AbortController();
  const child = await spawn('sleep', ['60'], { ...quiet, signal: controller.signal });
  controller.abort();
  assert.equal((await child.wait()).signal, 'SIGTERM');
  const reason = new Error('not wanted');
  const signal = AbortSignal.abort(reason);
  const isAbort = (error: Error): boolean => error.name === 'AbortError' && error.cause === reason;
  await assert.rejects(spawn('sleep', ['60'], { signal }), isAbort);
  await assert.rejects(run('sleep', ['60'], { signal }), isAbort);
  assert.throws(() => runSync('sleep', ['60'], { signal: AbortSignal.abort() }), {
    name: 'AbortError',
    code: 'ABORT_ERR',
  });
});

test('an aborted run rejects with what there was of a result', async () => {
  const controller = new AbortController();
  const running = run('sh', ['-c', 'echo begun; exec sleep 60'], { signal: controller.signal });
  setTimeout(() => controller.abort(), 200);
  await assert.rejects(running, (error: Error) => {
    const { name, killed, timedOut, status, command } = error as ExitError;
    assert.deepEqual([name, killed, timedOut], ['AbortError', true, false]);
    assert.equal(status.signal, 'SIGTERM');
    assert.match(command, /^sh -c/);
    return true;
  });
});

test('a run that takes too long is stopped with everything it started', async () => {
  const script = 'sleep 61 & echo $!; sleep 62 & echo $!; wait';
  const error = await failed(run('sh', ['-c', script], { timeout: 2000 }));
  assert.deepEqual([error.code, error.timedOut, error.killed], ['ETIMEDOUT', true, true]);
  assert.match(error.message, /timed out after \d+ ms/);
  const pids = error.stdout.trim().split('\n').map(Number);
  assert.equal(pids.length, 2);
  for (const pid of pids) await until(() => hasEnded(pid), `the end of ${pid}`);
});

test('check: false gives a result that says so', async () => {
  const { timedOut, killed, status } = await run('sleep', ['60'], { timeout: 20, check: false });
  assert.deepEqual([timedOut, killed, status.signal], [true, true, 'SIGTERM']);
});

test('a grandchild that keeps the pipe does not hold up the result', async () => {
  const started = performance.now();
  const { stdout, status } = await run('sh', ['-c', 'echo said; sleep 60 & echo $!']);
  const [said, pid] = stdout.trim().split('\n');
  process.kill(Number(pid), 'SIGKILL');
  assert.equal(said, 'said');
  assert.equal(status.code, 0);
  assert.ok(performance.now() - started < 30_000, 'it did not wait for the grandchild');
});

test('a grandchild that goes on talking is heard for a bounded time', async () => {
  const script = 'while :; do echo more; sleep 0.01; done & echo $!';
  const { stdout } = await run('sh', ['-c', script], { drain: 200 });
  // It gets SIGPIPE when the pipe is closed here.
  const pid = Number(/\d+/.exec(stdout)?.[0]);
  await until(() => hasEnded(pid), 'the end of the talker');
  assert.match(stdout, /more\n/);
});

test('what comes within the drain is kept; Infinity waits for the end', async () => {
  const script = '(for i in 1 2 3 4; do sleep 0.1; echo late$i; done) & exit 0';
  const { stdout } = await run('sh', ['-c', script], { drain: Infinity });
  assert.equal(stdout, 'late1\nlate2\nlate3\nlate4\n');
});

test('output written before the exit is complete, however late we come to read it', async () => {
  const { stdout, stderr } = await inNode(`
    import { run } from 'brood';
    const running = run('sh', ['-c', 'head -c 60000 /dev/zero; sleep 60 & echo; echo $!'], { drain: 1 });
    // The loop stands still for longer than any drain lasts.
    setTimeout(() => {
      const end = Date.now() + 400;
      while (Date.now() < end);
    }, 5);
    const { stdout } = await running;
    const [zeros, pid] = stdout.split('\\n');
    process.kill(Number(pid), 'SIGKILL');
    console.log(zeros.length);
  `);
  assert.equal(stdout, '60000\n', stderr);
});

test('a timeout ends the wait for a pipe too', async () => {
  const error = await failed(
    run('sh', ['-c', 'sleep 60 & echo $!'], { drain: Infinity, timeout: 2000 }),
  );
  process.kill(Number(error.stdout), 'SIGKILL');
  assert.deepEqual([error.timedOut, error.killed, error.status.code], [true, false, 0]);
});

/** The one-liners. */
import assert from 'node:assert/strict';
import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';

import {
  call,
  callSync,
  current,
  ExitError,
  output,
  outputSync,
  run,
  runSync,
  SpawnError,
} from 'brood';

import { hasEnded, until } from '../harness/proc.ts';
import { temporaryFolder } from '../harness/temp.ts';

test('run() gives both outputs and the status', async () => {
  const result = await run('sh', ['-c', 'echo out; echo err >&2']);
  assert.deepEqual([result.stdout, result.stderr], ['out\n', 'err\n']);
  assert.equal(result.status.code, 0);
  assert.deepEqual([result.timedOut, result.killed, result.truncated], [false, false, false]);
});

test('an exit code other than 0 is an error, unless it is not checked', async () => {
  const args = ['-c', 'echo said; echo why >&2; exit 3'];
  await assert.rejects(run('sh', args), (error) => {
    assert.ok(error instanceof ExitError);
    assert.deepEqual([error.code, error.status.code], ['ERR_EXIT', 3]);
    assert.deepEqual([error.stdout, error.stderr], ['said\n', 'why\n']);
    assert.match(error.message, /exited with code 3\nwhy/);
    return true;
  });
  assert.equal((await run('sh', args, { check: false })).status.code, 3);
  assert.throws(() => runSync('sh', args), { name: 'ExitError', code: 'ERR_EXIT' });
  assert.equal(runSync('sh', args, { check: false }).status.code, 3);
});

test('output() and call(), and their blocking forms', async () => {
  assert.equal(await output('printf', ['two\nlines\n']), 'two\nlines');
  assert.equal(outputSync('printf', ['two\nlines\n']), 'two\nlines');
  const quiet = { stdin: 'ignore', stdout: 'ignore', stderr: 'ignore' } as const;
  assert.equal(await call('sh', ['-c', 'exit 4'], quiet), 4);
  assert.equal(callSync('sh', ['-c', 'exit 4'], quiet), 4);
});

test('input goes in while output comes out, blocking or not', async () => {
  const input = Buffer.alloc(10_000_000, 'abcdefghij');
  const options = { input, encoding: 'buffer' } as const;
  assert.ok((await run('cat', options)).stdout.equals(input));
  assert.ok(runSync('cat', options).stdout.equals(input));
});

test('a program that does not read its input is no failure', async () => {
  const input = Buffer.alloc(10_000_000);
  assert.ok((await run('true', { input })).status.ok);
  assert.ok(runSync('true', { input }).status.ok);
});

test('maxBuffer cuts exactly, and the program goes on to its end', async () => {
  const args = ['-c', 'printf 1234567890; printf abc >&2; exit 0'];
  for (const result of [
    await run('sh', args, { maxBuffer: 7 }),
    runSync('sh', args, { maxBuffer: 7 }),
  ]) {
    assert.deepEqual([result.stdout, result.stderr], ['1234567', 'abc']);
    assert.deepEqual([result.truncated, result.status.code], [true, 0]);
  }
});

function timedOut(error: unknown): boolean {
  assert.ok(error instanceof ExitError);
  assert.deepEqual([error.code, error.timedOut], ['ETIMEDOUT', true]);
  assert.deepEqual([error.killed, error.status.signal], [true, 'SIGTERM']);
  return true;
}

test('a time-out stops a program, blocking or not', async () => {
  await assert.rejects(run('sleep', ['1000'], { timeout: 50 }), timedOut);
  assert.throws(() => runSync('sleep', ['1000'], { timeout: 50 }), timedOut);
  const result = runSync('sleep', ['1000'], { timeout: 50, killSignal: 'SIGKILL', check: false });
  assert.deepEqual([result.timedOut, result.status.signal], [true, 'SIGKILL']);
});

test('a time-out reaches the tree, and a grandchild holds nothing up', async () => {
  const script = 'sleep 1000 & echo $!; wait';
  const result = await run('sh', ['-c', script], { timeout: 500, check: false });
  assert.equal(result.timedOut, true);
  await until(() => hasEnded(Number(result.stdout)), 'the end of the grandchild');
  const left = await run('sh', ['-c', 'sleep 1000 & echo $!'], { drain: 20 });
  const grandchild = Number(left.stdout);
  assert.equal(hasEnded(grandchild), false);
  process.kill(grandchild, 'SIGKILL');
  await until(() => hasEnded(grandchild), 'the end of the grandchild');
});

test('an abort stops a program', async () => {
  const controller = new AbortController();
  const running = run('sleep', ['1000'], { signal: controller.signal });
  controller.abort();
  await assert.rejects(running, { name: 'AbortError' });
});

test('a blocking start fails just as the other does', async (t) => {
  const folder = await temporaryFolder(t);
  const plain = join(folder, 'plain');
  writeFileSync(plain, '');
  chmodSync(plain, 0o644);
  for (const [program, options] of [
    ['brood-no-such-program', { env: { PATH: '/usr/bin:/bin' } }],
    [plain, {}],
    ['true', { cwd: join(folder, 'gone') }],
    ['true', { cwd: plain }],
    ['true', { stdin: { file: join(folder, 'gone') } }],
  ] as const) {
    const failure = await run(program, options).then(
      () => assert.fail('started'),
      (error: unknown) => error,
    );
    assert.ok(failure instanceof SpawnError);
    assert.throws(
      () => runSync(program, options),
      (error) => {
        assert.ok(error instanceof SpawnError);
        assert.deepEqual(
          [error.code, error.stage, error.path, error.errno, error.message],
          [failure.code, failure.stage, failure.path, failure.errno, failure.message],
        );
        return true;
      },
    );
  }
});

test('this program knows itself', async () => {
  assert.equal(current.pid, process.pid);
  assert.equal(current.ppid, process.ppid);
  assert.equal(current.isCurrent, true);
  assert.equal(current.isAlive(), true);
  const { stdout } = await run('sh', ['-c', 'echo $PPID']);
  assert.equal(Number(stdout), current.pid);
});

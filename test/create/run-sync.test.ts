import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { test } from 'node:test';

import { callSync, ExitError, outputSync, pipe, run, runSync, SpawnError } from 'brood';

import { inNode } from '../harness/in-node.ts';
import { hasEnded, until } from '../harness/proc.ts';

test('results are those of run()', async () => {
  const args = ['-c', 'cat; echo err >&2'];
  const sync = runSync('sh', args, { input: 'in\n' });
  const other = await run('sh', args, { input: 'in\n' });
  assert.deepEqual(Object.keys(sync).toSorted(), Object.keys(other).toSorted());
  assert.deepEqual(
    [sync.command, sync.stdout, sync.stderr, sync.status.code, sync.timedOut, sync.truncated],
    [other.command, other.stdout, other.stderr, other.status.code, other.timedOut, other.truncated],
  );
});

test('failures are thrown', () => {
  assert.throws(
    () => runSync('sh', ['-c', 'echo why >&2; exit 3']),
    (error: unknown) =>
      error instanceof ExitError && error.status.code === 3 && error.stderr === 'why\n',
  );
  assert.equal(runSync('false', { check: false }).status.code, 1);
  assert.throws(
    () => runSync('brood-no-such-program'),
    (error: unknown) => error instanceof SpawnError && error.code === 'ENOENT',
  );
  assert.throws(() => runSync('true', [], { cwd: '/no/such' }), {
    stage: 'chdir',
    path: '/no/such',
  });
});

test('outputSync and callSync', async () => {
  assert.equal(outputSync('echo', ['x']), 'x');
  assert.equal(callSync('sh', ['-c', 'exit 9']), 9);
  assert.equal(callSync('sh', ['-c', 'kill -9 $$']), 137);
  const { stdout, stderr } = await inNode(
    `import { callSync } from 'brood';
     callSync('sh', ['-c', 'cat; echo err >&2']);`,
    { input: 'in' },
  );
  assert.deepEqual([stdout, stderr], ['in', 'err\n']);
});

test('10 MB go in while 10 MB come out', () => {
  const input = randomBytes(10_000_000);
  const { stdout } = runSync('cat', { input, encoding: 'buffer' });
  assert.ok(input.equals(stdout));
});

test('input that nobody reads is no error, and without input there is an end at once', () => {
  assert.equal(runSync('true', { input: 'x'.repeat(1_000_000) }).status.code, 0);
  assert.equal(runSync('cat').stdout, '');
  assert.equal(runSync('cat', { stdin: 'pipe' }).stdout, '');
  assert.equal(runSync('cat', { stdin: 'given' }).stdout, 'given');
});

test('maxBuffer and encodings', () => {
  const cut = runSync('seq', ['100000'], { maxBuffer: 10, encoding: 'buffer' });
  assert.deepEqual([cut.stdout.toString(), cut.truncated], ['1\n2\n3\n4\n5\n', true]);
  const text = runSync('printf', ['日日\\377'], { maxBuffer: 5 });
  assert.deepEqual([text.stdout, text.truncated], ['日', true]);
  assert.equal(runSync('printf', ['a\\377']).stdout, 'a\u{fffd}');
  const empty = runSync('true', { encoding: 'buffer' });
  assert.equal(Buffer.concat([empty.stdout, empty.stderr]).length, 0);
});

test('a time-out stops the whole tree', async () => {
  const script = 'sleep 61 & echo $!; sleep 62 & echo $!; wait';
  let error: unknown;
  try {
    runSync('sh', ['-c', script], { timeout: 2000 });
  } catch (thrown) {
    error = thrown;
  }
  assert.ok(error instanceof ExitError);
  assert.deepEqual(
    [error.timedOut, error.killed, error.status.signal, error.code],
    [true, true, 'SIGTERM', 'ETIMEDOUT'],
  );
  const pids = error.stdout.trim().split('\n').map(Number);
  assert.equal(pids.length, 2);
  for (const pid of pids) await until(() => hasEnded(pid), `the end of ${pid}`);
});

test('what does not end by itself is killed after the grace', () => {
  const result = runSync('sh', ['-c', `trap '' TERM; while :; do sleep 0.05; done`], {
    timeout: 1500,
    grace: 100,
    check: false,
  });
  assert.deepEqual([result.timedOut, result.status.signal], [true, 'SIGKILL']);
});

test('a grandchild that keeps the pipe holds up nothing', () => {
  const { stdout } = runSync('sh', ['-c', 'echo said; sleep 60 & echo $!']);
  const [said, pid] = stdout.trim().split('\n');
  process.kill(Number(pid), 'SIGKILL');
  assert.equal(said, 'said');
});

test('a FileDescriptor is handed over here too', () => {
  const { readEnd, writeEnd } = pipe();
  runSync('echo', ['x'], { stdout: writeEnd });
  assert.equal(writeEnd.isClosed, true);
  assert.equal(outputSync('cat', { stdin: readEnd }), 'x');
  const kept = pipe();
  assert.throws(() => runSync('/no/such', { stdin: kept.readEnd }), SpawnError);
  assert.equal(kept.readEnd.isClosed, false);
  kept.readEnd.close();
  kept.writeEnd.close();
});

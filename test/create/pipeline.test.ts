import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { test } from 'node:test';

import { ExitError, pipe, pipeline, SpawnError, type Stage } from 'brood';

import { childrenOf, descriptorsOf, hasEnded, until } from '../harness/proc.ts';
import { requireProgram } from '../harness/programs.ts';
import { temporaryFolder } from '../harness/temp.ts';

function sh(script: string): Stage {
  return ['sh', '-c', script];
}

test('stages read what the ones before them write', async () => {
  const result = await pipeline([
    ['seq', '100000'],
    ['sort', '-rn'],
    ['head', '-2'],
  ]);
  assert.equal(result.stdout, '100000\n99999\n');
  assert.equal(result.command, 'seq 100000 | sort -rn | head -2');
  assert.deepEqual([result.status.code, result.stages.length], [0, 3]);
  assert.deepEqual(
    result.stages.map(({ command }) => command),
    ['seq 100000', 'sort -rn', 'head -2'],
  );
  assert.deepEqual(result.statuses.map(({ code }) => code).slice(2), [0]);
});

test('one stage is a pipeline too', async () => {
  assert.equal((await pipeline([['cat']], { input: 'x' })).stdout, 'x');
});

test('they are joined by pipes of the kernel that nobody else holds', async () => {
  const result = await pipeline([
    sh('echo "1 $(readlink /proc/$$/fd/1)"'),
    sh('cat; echo "0 $(readlink /proc/$$/fd/0)"; ls /proc/$$/fd; true'),
  ]);
  const [out, into, ...fds] = result.stdout.trim().split('\n');
  assert.match(out ?? '', /^1 pipe:/);
  assert.equal(out?.slice(2), into?.slice(2));
  assert.match(fds.join(' '), /^0 1 2( 10)?$/);
});

test('input goes to the first stage, and 10 MB pass through', async () => {
  const input = 'line\n'.repeat(2_000_000);
  const { stdout } = await pipeline([['cat'], ['gzip', '-1'], ['gunzip'], ['wc', '-l']], { input });
  assert.equal(stdout.trim(), '2000000');
});

test('the last stage may write elsewhere', async (t) => {
  const path = join(await temporaryFolder(t), 'out');
  const { stdout } = await pipeline([['echo', 'x'], ['cat']], { stdout: { file: path } });
  assert.deepEqual([stdout, readFileSync(path, 'utf8')], ['', 'x\n']);
  const through = new PassThrough();
  let said = '';
  through.on('data', (chunk: Buffer) => (said += chunk.toString()));
  await pipeline([['echo', 'y'], ['cat']], { stdout: through });
  assert.equal(said, 'y\n');
});

test('a stage that nobody reads from has not failed', async () => {
  const { statuses, stdout } = await pipeline([['yes'], ['cat'], ['head', '-1']]);
  assert.equal(stdout, 'y\n');
  assert.deepEqual(
    statuses.map((status) => status.signal ?? status.code),
    ['SIGPIPE', 'SIGPIPE', 0],
  );
  // Nor has a shell that says the same by its exit code.
  assert.equal((await pipeline([sh('yes | cat; exit 141'), ['head', '-1']])).stdout, 'y\n');
});

test('pipefail: the last stage that failed gives the status', async () => {
  const stages = [sh('exit 3'), sh('cat; exit 4'), ['cat']] as const;
  const error = await pipeline(stages).catch((reason: unknown) => reason);
  assert.ok(error instanceof ExitError);
  assert.equal(error.status.code, 4);
  assert.deepEqual(
    error.stages?.map(({ status }) => status.code),
    [3, 4, 0],
  );
  assert.match(error.message, /sh -c 'exit 3' \| .* \| cat: exited with code 4/);
  const lenient = await pipeline(stages, { pipefail: false });
  assert.equal(lenient.status.code, 0);
  await assert.rejects(pipeline([['true'], sh('exit 5')], { pipefail: false }), ExitError);
  const result = await pipeline(stages, { check: false });
  assert.equal(result.status.code, 4);
});

test('standard error is kept for each stage and for all', async () => {
  const { stderr, stages, all } = await pipeline(
    [sh('echo one >&2; echo x'), sh('cat; echo two >&2')],
    { all: true },
  );
  assert.deepEqual(
    stages.map((stage) => stage.stderr),
    ['one\n', 'two\n'],
  );
  assert.deepEqual(stderr.split('\n').toSorted(), ['', 'one', 'two']);
  assert.deepEqual(all?.split('\n').toSorted(), ['', 'one', 'two', 'x']);
  const joined = await pipeline([
    { program: 'sh', args: ['-c', 'echo e >&2'], stderr: 'stdout' },
    ['cat'],
  ]);
  assert.equal(joined.stdout, 'e\n');
});

test('stages have options of their own, before those of all', async (t) => {
  const cwd = await temporaryFolder(t);
  const { stdout } = await pipeline(
    [
      { program: 'pwd', cwd: '/usr' },
      { program: 'sh', args: ['-c', 'cat; pwd; echo $A'], env: { A: 'own', PATH: '/bin' } },
      { program: 'cat; echo $A', shell: true },
    ],
    { cwd, env: { A: 'common', PATH: '/bin:/usr/bin' } },
  );
  assert.equal(stdout, `/usr\n${cwd}\nown\ncommon\n`);
});

test('a stage that cannot start stops the others, and nothing is left', async () => {
  const before = descriptorsOf(process.pid).size;
  for (const stages of [
    [['brood-no-such-program'], ['sleep', '60'], ['sleep', '60']],
    [['sleep', '60'], ['brood-no-such-program'], ['sleep', '60']],
    [['sleep', '60'], ['yes'], ['brood-no-such-program']],
  ] as const) {
    await assert.rejects(
      pipeline(stages),
      (error: unknown) => error instanceof SpawnError && error.program === 'brood-no-such-program',
    );
    assert.deepEqual(childrenOf(process.pid), []);
  }
  await until(() => descriptorsOf(process.pid).size <= before, 'the pipes to be closed');
});

test('a time-out stops all stages and what they started', async () => {
  const error = await pipeline([sh('sleep 61 & echo $! >&2; wait'), ['sleep', '62'], ['cat']], {
    timeout: 2000,
  }).catch((reason: unknown) => reason);
  assert.ok(error instanceof ExitError);
  assert.deepEqual([error.timedOut, error.killed], [true, true]);
  const pid = Number(error.stderr);
  assert.ok(pid > 0, error.stderr);
  await until(() => hasEnded(pid), 'the end of the grandchild');
});

test('an AbortSignal stops a pipeline, or keeps it from starting', async () => {
  await assert.rejects(pipeline([['yes'], ['cat']], { signal: AbortSignal.abort() }), {
    name: 'AbortError',
  });
  await assert.rejects(
    pipeline([['yes'], ['cat']], { signal: AbortSignal.timeout(200), stdout: 'ignore' }),
    { name: 'AbortError', killed: true },
  );
});

test('a FileDescriptor may be given to several stages', async () => {
  const { readEnd, writeEnd } = pipe();
  const [result, said] = await Promise.all([
    pipeline([sh('echo a >&2'), sh('echo b >&2')], { stderr: writeEnd }),
    new Promise<string>((resolve) => {
      let text = '';
      const stream = readEnd.readable();
      stream.on('data', (chunk: Buffer) => (text += chunk.toString()));
      stream.once('close', () => resolve(text));
    }),
  ]);
  assert.equal(result.status.code, 0);
  assert.deepEqual(said.trim().split('\n').toSorted(), ['a', 'b']);
});

test('real programs: tar, gzip and their counterparts', async (t) => {
  if (!['tar', 'gzip'].every((name) => requireProgram(t, name))) return;
  const { stdout } = await pipeline(
    [
      ['tar', '-cf', '-', '/etc/passwd'],
      ['gzip', '-c'],
      ['gzip', '-dc'],
      ['tar', '-xOf', '-'],
    ],
    { encoding: 'buffer' },
  );
  assert.ok(readFileSync('/etc/passwd').equals(stdout));
});

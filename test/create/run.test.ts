import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';

import { call, ExitError, output, run } from 'brood';

import { inNode } from '../harness/in-node.ts';
import { requireProgram } from '../harness/programs.ts';
import { temporaryFolder } from '../harness/temp.ts';

test('a result tells the command, how it ended, and what it said', async () => {
  const result = await run('sh', ['-c', `printf 'out'; printf "it's" >&2`]);
  assert.equal(result.command, `sh -c 'printf '\\''out'\\''; printf "it'\\''s" >&2'`);
  assert.equal(result.status.code, 0);
  assert.deepEqual([result.stdout, result.stderr, result.all], ['out', `it's`, undefined]);
  assert.deepEqual([result.timedOut, result.killed, result.truncated], [false, false, false]);
  assert.ok(result.durationMs > 0);
  assert.equal((await run('echo a | cat', { shell: true })).command, 'echo a | cat');
});

test('another exit code than 0 rejects with an error of the same shape', async () => {
  const error = await run('sh', ['-c', 'echo out; echo why >&2; exit 7']).catch((e: unknown) => e);
  assert.ok(error instanceof ExitError);
  assert.deepEqual(
    [error.name, error.code, error.status.code, error.stdout, error.stderr],
    ['ExitError', 'ERR_EXIT', 7, 'out\n', 'why\n'],
  );
  assert.ok(error.pid !== undefined && error.pid > 0);
  assert.match(error.shortMessage, /^sh -c .*: exited with code 7$/);
  assert.equal(error.message, `${error.shortMessage}\nwhy`);
  const killed = await run('sh', ['-c', 'kill -9 $$']).catch((e: unknown) => e);
  assert.ok(killed instanceof ExitError);
  assert.deepEqual([killed.status.signal, killed.killed], ['SIGKILL', false]);
  assert.match(killed.message, /killed by SIGKILL/);
});

test('check: false makes every end a result', async () => {
  const { status, stdout } = await run('sh', ['-c', 'echo said; exit 7'], { check: false });
  assert.deepEqual([status.code, status.ok, stdout], [7, false, 'said\n']);
});

test('output gives a string without the last newline', async () => {
  assert.equal(await output('printf', ['a\n\n']), 'a\n');
  assert.equal(await output('printf', ['a\\r\\n']), 'a');
  assert.equal(await output('printf', ['a']), 'a');
  assert.equal(await output('sh', ['-c', 'echo x; exit 1'], { check: false }), 'x');
  await assert.rejects(output('false'), ExitError);
});

test('call shares our streams and gives the exit code', async () => {
  const { stdout, stderr } = await inNode(
    `import { call } from 'brood';
     console.log(await call('sh', ['-c', 'cat; echo err >&2; exit 5']));
     console.log(await call('sh', ['-c', 'kill -TERM $$']), await call('true'));`,
    { input: 'in\n' },
  );
  assert.deepEqual([stdout, stderr], ['in\n5\n143 0\n', 'err\n']);
  await assert.rejects(call('brood-no-such-program'), { name: 'SpawnError', code: 'ENOENT' });
  await assert.rejects(call('sleep', ['60'], { timeout: 50 }), {
    name: 'ExitError',
    timedOut: true,
  });
});

test('10 MB go in while 10 MB come out', async () => {
  const input = randomBytes(10_000_000);
  const { stdout } = await run('cat', { input, encoding: 'buffer' });
  assert.ok(input.equals(stdout));
});

test('both outputs are captured, whichever is written first or more', async () => {
  const { stdout, stderr } = await run('sh', [
    '-c',
    'head -c 3000000 /dev/zero >&2; head -c 2000000 /dev/zero; head -c 1000000 /dev/zero >&2',
  ]);
  assert.deepEqual([stdout.length, stderr.length], [2_000_000, 4_000_000]);
});

function line(text: string, to: 1 | 2): string {
  return `echo ${text} >&${to}; sleep 0.05`;
}

test('all has both in the order in which they came', async () => {
  const { all, stdout, stderr } = await run(
    'sh',
    ['-c', [line('a', 1), line('b', 2), line('c', 1), line('d', 2)].join(';')],
    { all: true },
  );
  assert.deepEqual([stdout, stderr], ['a\nc\n', 'b\nd\n']);
  assert.deepEqual(all?.split('\n').toSorted(), ['', 'a', 'b', 'c', 'd']);
  assert.ok(all.indexOf('a') < all.indexOf('c') && all.indexOf('b') < all.indexOf('d'));
});

test('characters split over chunks are put together, in all as well', async () => {
  const script = `printf '\\346'; sleep 0.05; printf 'E' >&2; sleep 0.05; printf '\\227'; sleep 0.05; printf '\\245'`;
  const { stdout, all } = await run('sh', ['-c', script], { all: true });
  assert.equal(stdout, '日');
  assert.ok(all === 'E日' || all === '日E', all);
});

test('what is not UTF-8 is U+FFFD in a string, and exact in bytes', async () => {
  const args = ['a\\377b\\303'];
  assert.equal((await run('printf', args)).stdout, 'a\u{fffd}b\u{fffd}');
  const { stdout, stderr } = await run('printf', args, { encoding: 'buffer' });
  assert.deepEqual([...stdout], [0x61, 0xff, 0x62, 0xc3]);
  assert.equal(stderr.length, 0);
});

test('maxBuffer keeps that many bytes to the byte, and lets the program go on', async () => {
  const options = { maxBuffer: 1000, encoding: 'buffer' } as const;
  const { stdout, stderr, truncated, status } = await run(
    'sh',
    ['-c', 'seq 100000; head -c 1000 /dev/zero >&2'],
    options,
  );
  assert.deepEqual([stdout.length, stderr.length, truncated, status.code], [1000, 1000, true, 0]);
  assert.ok(stdout.toString().startsWith('1\n2\n3\n'));
  assert.equal((await run('printf', ['x'.repeat(1000)], options)).truncated, false);
  const none = await run('echo', ['x'], { maxBuffer: 0 });
  assert.deepEqual([none.stdout, none.truncated], ['', true]);
});

test('text that is cut off ends with a whole character', async () => {
  const { stdout, truncated } = await run('printf', ['日日日'], { maxBuffer: 7 });
  assert.deepEqual([stdout, truncated], ['日日', true]);
});

test('real programs: git, tar, gzip, sort', async (t) => {
  if (!['git', 'tar', 'gzip'].every((name) => requireProgram(t, name))) return;
  const cwd = await temporaryFolder(t);
  const git = (...args: string[]): Promise<string> =>
    output('git', ['-c', 'user.name=x', '-c', 'user.email=x@example.org', ...args], { cwd });
  await git('init', '--quiet');
  await run('sh', ['-c', 'seq 20 > numbers'], { cwd });
  await git('add', 'numbers');
  await git('commit', '--quiet', '-m', 'Numbers');
  assert.equal(await git('log', '--format=%s'), 'Numbers');
  await assert.rejects(git('no-such-command'), (error: ExitError) => {
    assert.equal(error.status.code, 1);
    assert.match(error.stderr, /no-such-command/);
    return true;
  });
  const archive = await run('tar', ['-cf', '-', 'numbers'], { cwd, encoding: 'buffer' });
  const packed = await run('gzip', ['-c'], { input: archive.stdout, encoding: 'buffer' });
  const listed = await run('tar', ['-tzf', '-'], { input: packed.stdout });
  assert.equal(listed.stdout, 'numbers\n');
  assert.equal(
    await output('sort', ['-rn', 'numbers'], { cwd }),
    readFileSync(`${cwd}/numbers`, 'utf8').trimEnd().split('\n').toReversed().join('\n'),
  );
});

test('children of one-liners are not what waitAny tells of', async () => {
  const { stdout, stderr } = await inNode(`
    import { current, run } from 'brood';
    await run('true');
    console.log((await current.waitAny().catch((error) => error)).code);
  `);
  assert.equal(stdout, 'ECHILD\n', stderr);
});

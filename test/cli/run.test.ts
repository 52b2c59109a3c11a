import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';

import { brood, startBrood } from '../harness/brood-command.ts';
import { isGone, until } from '../harness/proc.ts';
import { temporaryFolder } from '../harness/temp.ts';

interface Report {
  readonly command: string[];
  readonly attempt: number;
  readonly pid: number;
  readonly status: { kind: string; code?: number; signal?: string; usage?: { userMs: number } };
  readonly timedOut: boolean;
}

const sh = (script: string): string[] => ['--', 'sh', '-c', script];

function reports(stderr: string): Report[] {
  const lines = stderr.split('\n').filter((line) => line.startsWith('{'));
  return lines.map((line) => JSON.parse(line) as Report);
}

test('it ends as the program did', async () => {
  const cases: [string[], number][] = [
    [sh('exit 0'), 0],
    [sh('exit 42'), 42],
    [sh('kill -9 $$'), 137],
    [sh('kill -TERM $$'), 143],
    [['no-such-program-here'], 127],
    [['/no/such/program'], 127],
    [['/etc/passwd'], 126],
    [['-C', '/no/such/folder', 'true'], 125],
  ];
  for (const [args, expected] of cases) {
    const { code, stdout } = await brood(['run', ...args]);
    assert.deepEqual([code, stdout], [expected, ''], args.join(' '));
  }
});

test('streams are those of the command, and options after the program are its own', async () => {
  const script = 'cat; echo "$1 $2" >&2';
  const { code, stdout, stderr } = await brood(['run', 'sh', '-c', script, 'sh', '--usage', '-t'], {
    input: 'from outside\n',
  });
  assert.deepEqual([code, stdout, stderr], [0, 'from outside\n', '--usage -t\n']);
});

test('a time-out stops the whole tree, and is 124', async () => {
  const script =
    'trap "" TERM; sh -c "trap \\"\\" TERM; echo \\$\\$; while :; do sleep 1; done" & echo $$; wait; wait';
  const { code, stdout } = await brood([
    'run',
    '--timeout',
    '1s',
    '--grace',
    '100ms',
    ...sh(script),
  ]);
  assert.equal(code, 124);
  const pids = stdout.trim().split('\n').map(Number);
  assert.equal(pids.length, 2, stdout);
  for (const pid of pids) await until(() => isGone(pid), `the end of ${pid}`);
});

test('a moment that has passed stops it too, with the signal that was asked for', async () => {
  const args = ['run', '--json', '--deadline', '@1', '-s', 'usr1', '--', 'sleep', '60'];
  const { code, stderr } = await brood(args);
  assert.equal(code, 124);
  const [report] = reports(stderr);
  assert.deepEqual([report?.timedOut, report?.status.signal], [true, 'SIGUSR1']);
});

test('the usage is told for people and for programs, on stderr', async () => {
  const people = await brood(['run', '--usage', ...sh('echo out; exit 3')]);
  assert.deepEqual([people.code, people.stdout], [3, 'out\n']);
  for (const line of [
    /^sh -c .* \(pid \d+\)$/m,
    /ended +exited with code 3/,
    /user +\d/,
    /cpu +\d+ %/,
  ])
    assert.match(people.stderr, line);
  const programs = await brood(['run', '--json', ...sh('exit 3')]);
  const [report] = reports(programs.stderr);
  assert.deepEqual([report?.attempt, report?.status.code, report?.timedOut], [1, 3, false]);
  assert.equal(typeof report?.status.usage?.userMs, 'number');
});

test('it runs again what failed, as often as it was told', async (t) => {
  const folder = await temporaryFolder(t);
  const script = 'echo x >>tries; [ "$(wc -l <tries)" -ge 3 ]';
  const { code, stderr } = await brood([
    'run',
    '-r',
    '5',
    '--retry-delay',
    '10',
    '-C',
    folder,
    ...sh(script),
  ]);
  assert.equal(code, 0);
  assert.equal(readFileSync(join(folder, 'tries'), 'utf8'), 'x\nx\nx\n');
  assert.match(stderr, /^brood: sh exited with code 1; again in 10 ms \(1 of 5\)$/m);
  const inVain = await brood(['run', '--json', '-r', '2', 'false']);
  assert.equal(inVain.code, 1);
  assert.deepEqual(
    reports(inVain.stderr).map(({ attempt }) => attempt),
    [1, 2, 3],
  );
});

test('the program finds the surroundings that were asked for', async (t) => {
  const folder = await temporaryFolder(t);
  const script =
    'pwd; echo "$WORD/${HOME-homeless}/${PATH:+path}"; ulimit -Sn; ulimit -Hn; umask; nice; ps -o sid= -p $$ | tr -d " "; echo $$';
  const options = ['-C', folder, '-e', 'WORD=a=b', '--unset', 'HOME', '-l', 'open-files=64:128'];
  const more = ['--umask', '077', '-n', '7', '--session'];
  const { stdout, stderr } = await brood(['run', ...options, ...more, ...sh(script)]);
  assert.equal(stderr, '');
  const [cwd, words, soft, hard, umask, nice, sid, pid] = stdout.split('\n');
  assert.deepEqual([cwd, words, soft, hard], [folder, 'a=b/homeless/path', '64', '128']);
  assert.deepEqual([umask, nice, sid], ['0077', '7', pid]);
  const bare = await brood(['run', '--clear-env', '-e', 'ONE=1', '/usr/bin/env']);
  assert.equal(bare.stdout, 'ONE=1\n');
});

test('files in the place of streams, a shell, and another name', async (t) => {
  const cwd = await temporaryFolder(t);
  const first = await brood(
    ['run', '-o', 'out', '--stderr', 'stdout', ...sh('echo a; echo b >&2')],
    { cwd },
  );
  assert.deepEqual([first.code, first.stdout, first.stderr], [0, '', '']);
  await brood(['run', '-o', 'out', '--append', '--shell', 'echo c | cat'], { cwd });
  assert.equal(readFileSync(join(cwd, 'out'), 'utf8'), 'a\nb\nc\n');
  const named = await brood(['run', '-i', 'out', '--argv0', 'egg', ...sh('cat; echo $0')], { cwd });
  assert.equal(named.stdout, 'a\nb\nc\negg\n');
});

test('signals are passed on, and it ends as the program then does', async () => {
  for (const [signal, expected] of [
    ['SIGTERM', 10],
    ['SIGINT', 11],
    ['SIGUSR2', 12],
  ] as const) {
    const script =
      'trap "exit 10" TERM; trap "exit 11" INT; trap "exit 12" USR2; echo ready; while :; do sleep 0.05; done';
    const started = startBrood(['run', '--retries', '3', ...sh(script)]);
    await until(() => started.stdout().includes('ready'), 'the program');
    process.kill(started.pid, signal);
    const { code } = await started.result;
    assert.equal(code, expected, signal);
  }
});

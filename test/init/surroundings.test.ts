import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { test } from 'node:test';

import { initPath, noInit, runInit, says, sh, startInit, startProgram } from '../harness/init.ts';
import { childrenOf, descriptorsOf, isGone, stat, until } from '../harness/proc.ts';
import { requireProgram } from '../harness/programs.ts';
import { temporaryFolder } from '../harness/temp.ts';

const skip = noInit;
const subreaper = [initPath, '--subreaper'];

/** Prints what the kernel knows of its signals. */
const masks = "grep -E '^Sig(Blk|Ign):' /proc/self/status";

test(
  'the program has the mask and the dispositions that brood-init was given',
  { skip },
  async (t) => {
    if (!requireProgram(t, 'python3')) return;
    const give = `
import os, signal, sys
signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGUSR1, 40})
for number in (signal.SIGHUP, signal.SIGCHLD, 41): signal.signal(number, signal.SIG_IGN)
signal.signal(signal.SIGPIPE, signal.SIG_DFL)
signal.signal(signal.SIGXFSZ, signal.SIG_DFL)
os.execv(sys.argv[1], sys.argv[1:])`;
    const grep = ['grep', '-E', '^Sig(Blk|Ign):', '/proc/self/status'];
    const through = await startProgram(['python3', '-c', give, ...subreaper, '--', ...grep]).result;
    const without = await startProgram(['python3', '-c', give, '/usr/bin/env', ...grep]).result;
    assert.equal(through.stdout, without.stdout);
    const bit = (number: number): bigint => 1n << BigInt(number - 1);
    const value = (name: string): bigint =>
      BigInt(`0x${new RegExp(`${name}:\\s*(\\w+)`).exec(through.stdout)?.[1]}`);
    assert.equal(value('SigBlk'), bit(10) | bit(40));
    assert.equal(value('SigIgn'), bit(1) | bit(17) | bit(41));

    const opened = [...subreaper, '--unblock', '--', ...grep];
    const unblocked = await startProgram(['python3', '-c', give, ...opened]).result;
    assert.match(unblocked.stdout, /^SigBlk:\s*0+$/m);
  },
);

test(
  'an ignored SIGCHLD does not keep it from knowing how the program ended',
  { skip },
  async () => {
    const line = [
      'sh',
      '-c',
      `trap "" CHLD; exec "$@"`,
      'sh',
      ...subreaper,
      ...sh(`${masks}; exit 9`),
    ];
    const { code } = await startProgram(line).result;
    assert.equal(code, 9);
  },
);

test('folder, environment and descriptors are those it was given', { skip }, async (t) => {
  const cwd = await temporaryFolder(t);
  const script = 'pwd; echo $EGG; echo three >&3; cat <&4; umask';
  const line = [`umask 027; exec ${initPath} -s -- sh -c '${script}' 3>&1 4<<E\nfour\nE\n`];
  const env = { ...process.env, EGG: 'hen' };
  const { stdout, stderr } = await startProgram(['sh', '-c', ...line], { cwd, env }).result;
  assert.deepEqual(stdout.split('\n'), [cwd, 'hen', 'three', 'four', '0027', '']);
  assert.equal(stderr, '');
});

test('streams that are closed stay closed', { skip }, async () => {
  const look = 'ls -l /proc/self/fd | grep -c "/dev/tty"; [ -e /proc/self/fd/0 ] || echo closed';
  const line = `exec ${initPath} -s -- sh -c '${look}' <&- 2>&-`;
  const { stdout } = await startProgram(['sh', '-c', line]).result;
  assert.match(stdout, /^0\n/);
  const all = await startProgram(['sh', '-c', `exec ${initPath} -s -- sh -c 'exit 9' <&- >&- 2>&-`])
    .result;
  assert.equal(all.code, 9);
});

test('it holds nothing of what the program has closed', { skip }, async () => {
  const child = spawn(initPath, ['-s', ...sh('exec <&- >&- 2>&-; sleep 60')], { stdio: 'pipe' });
  const ended = once(child, 'exit');
  child.stdout.resume();
  child.stderr.resume();
  // The readers see the end, although both live on.
  await Promise.all([once(child.stdout, 'end'), once(child.stderr, 'end')]);
  assert.match(stat(child.pid ?? 0)?.state ?? '', /[RS]/);
  assert.deepEqual(
    [...descriptorsOf(child.pid ?? 0).values()].filter((to) => to.startsWith('pipe')),
    [],
  );
  child.kill('SIGTERM');
  assert.deepEqual(await ended, [143, null]);
});

test('the program leads a process group of its own, in the same session', { skip }, async () => {
  const started = startInit(sh('echo ready; exec sleep 60'));
  await says(started, 'ready');
  const program = childrenOf(started.pid)[0] ?? 0;
  const [outer, inner] = [stat(started.pid), stat(program)];
  assert.equal(inner?.pgid, program);
  assert.equal(inner?.sid, outer?.sid);
  process.kill(started.pid, 'SIGTERM');
  await started.result;
});

test('with a death signal nothing outlives whoever started it', { skip }, async () => {
  const script = `"$0" -s --deathsig KILL -- sh -c 'echo program=$$; exec sleep 60' & echo init=$!; wait`;
  const started = startProgram(['sh', '-c', script, initPath]);
  const pid = (name: string): number | undefined =>
    Number(new RegExp(`${name}=(\\d+)`).exec(started.stdout())?.[1]) || undefined;
  const program = await until(() => pid('program'));
  const init = await until(() => pid('init'));
  process.kill(started.pid, 'SIGKILL');
  await until(() => isGone(init) && isGone(program), 'the end of both');
  assert.equal((await started.result).signal, 'SIGKILL');
});

test('a death signal that can be handled is passed on like any other', { skip }, async () => {
  const inner = `trap "echo told; exit" USR1; echo program=$$; while :; do sleep 0.02; done`;
  const script = `"$0" -s -d USR1 -- sh -c '${inner}' & echo init=$!; wait`;
  const started = startProgram(['sh', '-c', script, initPath]);
  const init = await until(() => Number(/init=(\d+)/.exec(started.stdout())?.[1]) || undefined);
  await says(started, 'program=');
  process.kill(started.pid, 'SIGKILL');
  const { stdout } = await started.result;
  assert.match(stdout, /told/);
  await until(() => isGone(init));
});

test('a script without #! is run by the shell', { skip }, async (t) => {
  const folder = await temporaryFolder(t);
  const made = await startProgram(['sh', '-c', 'echo "exit 8" >"$0/s"; chmod +x "$0/s"', folder])
    .result;
  assert.equal(made.code, 0);
  assert.equal((await runInit(['--', `${folder}/s`])).code, 8);
});

import assert from 'node:assert/strict';
import test from 'node:test';

import { attach, current, pipe, spawn, type Child, type SpawnOptions } from 'brood';

import { isRoot, otherUser } from '../harness/as-user.ts';
import { inNode } from '../harness/in-node.ts';
import { isGone, stat, until } from '../harness/proc.ts';

const quiet = { stdin: 'ignore', stdout: 'ignore', stderr: 'ignore' } as const;

/** A shell that has come so far that its traps are set. */
async function ready(script: string, options: SpawnOptions = {}): Promise<Child> {
  const child = await spawn('sh', ['-c', `${script}; echo ready; while :; do sleep 0.01; done`], {
    stdin: 'ignore',
    stderr: 'ignore',
    ...options,
  });
  const first = await child.lines().next();
  assert.equal(first.value, 'ready');
  return child;
}

test('terminate asks, and the process may answer', async () => {
  const child = await ready('trap "exit 5" TERM');
  const status = await child.terminate({ grace: 60_000 });
  assert.equal(status.code, 5);
  assert.equal(await child.terminate(), status);
});

test('without a handler SIGTERM is the end, long before the grace is over', async () => {
  const child = await spawn('sleep', ['1000'], quiet);
  assert.equal((await child.terminate({ grace: 2 ** 40 })).signal, 'SIGTERM');
  assert.ok(isGone(child.pid));
});

test('who does not listen is killed after the grace', async () => {
  const child = await ready('trap "" TERM');
  const status = await child.terminate({ grace: 50 });
  assert.equal(status.signal, 'SIGKILL');
});

test('an abort cuts the grace short, also one from before', async () => {
  const child = await ready('trap "" TERM');
  const controller = new AbortController();
  const end = child.terminate({ grace: 2 ** 40, signal: controller.signal });
  controller.abort();
  assert.equal((await end).signal, 'SIGKILL');
  const other = await ready('trap "" TERM');
  const status = await other.terminate({ grace: 2 ** 40, signal: AbortSignal.abort() });
  assert.equal(status.signal, 'SIGKILL');
});

test('a stopped process is continued, so that it can act', async () => {
  const child = await ready('trap "exit 6" TERM');
  assert.equal(child.suspend(), true);
  await until(() => stat(child.pid)?.state === 'T', 'the child to stop');
  assert.equal((await child.terminate({ grace: 60_000 })).code, 6);
});

test('suspend and resume', async () => {
  await using child = await spawn('sleep', ['1000'], quiet);
  assert.equal(child.suspend(), true);
  await until(() => stat(child.pid)?.state === 'T', 'the child to stop');
  assert.equal(child.isAlive(), true);
  assert.equal(child.resume(), true);
  await until(() => stat(child.pid)?.state !== 'T', 'the child to go on');
});

test('kill cannot be caught', async () => {
  const child = await ready('trap "" TERM INT HUP');
  assert.equal(child.kill(), true);
  assert.equal((await child.wait()).signal, 'SIGKILL');
  assert.equal(child.kill(), false);
});

test('a signal by name and by number, 0 to look, false once it has ended', async () => {
  const child = await ready('trap "exit 11" USR1');
  assert.equal(child.signal(0), true);
  assert.equal(child.signal('SIGUSR1'), true);
  assert.equal((await child.wait()).code, 11);
  assert.equal(child.signal('SIGUSR1'), false);
  assert.equal(child.signal(0), false);
  assert.equal(child.suspend(), false);
  assert.equal(child.resume(), false);
  const other = await spawn('sleep', ['1000'], quiet);
  assert.equal(other.signal(40), true);
  assert.equal((await other.wait()).signal, 'SIGRTMIN+6');
});

test('what is no signal and no option is refused, and nothing is sent', async () => {
  await using child = await spawn('sleep', ['1000'], quiet);
  const wrong = (value: unknown): never => value as never;
  assert.throws(() => child.signal(wrong('SIGNOPE')), { code: 'ERR_UNKNOWN_SIGNAL' });
  assert.throws(() => child.signal(wrong('term')), { code: 'ERR_UNKNOWN_SIGNAL' });
  assert.throws(() => child.signal(-1), { name: 'RangeError', code: 'ERR_OUT_OF_RANGE' });
  assert.throws(() => child.signal(65), { code: 'ERR_OUT_OF_RANGE' });
  assert.throws(() => child.signal(1.5), { code: 'ERR_OUT_OF_RANGE' });
  assert.throws(() => child.signal(wrong(undefined)), { code: 'ERR_INVALID_ARG_TYPE' });
  assert.throws(() => child.kill(wrong('tree')), { code: 'ERR_INVALID_ARG_TYPE' });
  assert.throws(() => child.kill({ tree: wrong(1) }), { code: 'ERR_INVALID_ARG_TYPE' });
  assert.throws(() => child.kill({ group: wrong('yes') }), { code: 'ERR_INVALID_ARG_TYPE' });
  assert.throws(() => child.kill({ tree: true, group: true }), { code: 'ERR_INVALID_ARG_VALUE' });
  const refused: [object, string][] = [
    [{ grace: -1 }, 'ERR_OUT_OF_RANGE'],
    [{ grace: Infinity }, 'ERR_OUT_OF_RANGE'],
    [{ grace: '5' }, 'ERR_INVALID_ARG_TYPE'],
    [{ tree: 'yes' }, 'ERR_INVALID_ARG_TYPE'],
    [{ signal: 'SIGTERM' }, 'ERR_INVALID_ARG_TYPE'],
  ];
  for (const [options, code] of refused) {
    await assert.rejects(child.terminate(options), { code }, JSON.stringify(options));
  }
  assert.equal(child.isAlive(), true);
});

test('a group is signalled as a whole, also when its leader has ended', async () => {
  const { readEnd, writeEnd } = pipe();
  // Everything in the group holds the pipe; at its end nobody is left.
  const leader = await spawn('sh', ['-c', 'sleep 1000 & sleep 1000 & exit 0'], {
    ...quiet,
    processGroup: true,
    stdout: writeEnd,
  });
  await leader.wait();
  assert.equal(leader.kill({ group: true }), true);
  for await (const chunk of readEnd.readable()) assert.fail(`unexpected output ${String(chunk)}`);
  await until(() => !leader.kill({ group: true }), 'the group to be empty');
});

test('terminate of a group waits for all of it, and kills who does not listen', async () => {
  const script = 'sh -c \'trap "" TERM; echo ready; while :; do sleep 0.01; done\' & wait';
  const leader = await spawn('sh', ['-c', script], {
    stdin: 'ignore',
    stderr: 'ignore',
    processGroup: true,
  });
  const lines = leader.lines();
  assert.equal((await lines.next()).value, 'ready');
  assert.equal((await leader.terminate({ group: true, grace: 50 })).signal, 'SIGTERM');
  assert.equal((await lines.next()).done, true);
});

test('the group of this program is refused', async () => {
  await using child = await spawn('sleep', ['1000'], quiet);
  assert.throws(() => child.kill({ group: true }), { code: 'ERR_INVALID_STATE' });
  await assert.rejects(child.terminate({ group: true }), { code: 'ERR_INVALID_STATE' });
  assert.throws(() => current.kill({ group: true }), { code: 'ERR_INVALID_STATE' });
  assert.equal(child.isAlive(), true);
});

test('a process of another user is refused', { skip: !isRoot && 'needs root' }, async () => {
  await using child = await spawn('sleep', ['1000'], quiet);
  const result = await inNode(
    `import { attach } from 'brood';
    const other = attach(${child.pid});
    const tell = (error) => console.log(error.name, error.code, error.pid);
    try { other.signal('SIGTERM'); } catch (error) { tell(error); }
    try { other.kill({ tree: true }); } catch (error) { tell(error); }
    await other.terminate().catch(tell);
    await other.terminate({ tree: true }).catch(tell);
    console.log(other.isAlive());`,
    otherUser,
  );
  assert.equal(
    result.stdout,
    `PermissionError EPERM ${child.pid}\n`.repeat(4) + 'true\n',
    result.stderr,
  );
  assert.equal(attach(child.pid), child);
});

test('disposing of a child terminates it, with all that came from it', async () => {
  let pid: number;
  let inner: number;
  {
    await using child = await spawn('sh', ['-c', 'sleep 1000 & echo $!; wait'], {
      stdin: 'ignore',
      stderr: 'ignore',
    });
    pid = child.pid;
    inner = Number((await child.lines().next()).value);
    assert.equal(stat(inner)?.ppid, pid);
  }
  assert.ok(isGone(pid));
  await until(() => isGone(inner), 'the grandchild to be gone');
});

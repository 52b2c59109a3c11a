import assert from 'node:assert/strict';
import { spawn as nodeSpawn } from 'node:child_process';
import { once } from 'node:events';
import { release } from 'node:os';
import test, { type TestContext } from 'node:test';

import { attach, current, features, spawn, type Child } from 'brood';

import { isRoot } from '../harness/as-user.ts';
import { inNode } from '../harness/in-node.ts';
import { isGone, stat, until } from '../harness/proc.ts';
import { requireProgram } from '../harness/programs.ts';
import { killAll, namedPids } from '../harness/tree.ts';

const quiet = { stdin: 'ignore', stdout: 'ignore', stderr: 'ignore' } as const;

/** A grandchild that ends when a line comes to the stdin of its parent, which reaps it. */
async function grandchild(t: TestContext, last: string): Promise<[Child, number]> {
  const script = `sh -c 'echo grand $$; read x; ${last}' <&3 & wait $!; echo reaped $!; cat`;
  const child = await spawn('sh', ['-c', `exec 3<&0; ${script}`], { stderr: 'ignore' });
  const lines = child.lines();
  const pids = await namedPids(lines, 1);
  t.after(async () => {
    killAll(pids.values());
    await child.terminate();
    child.stdout?.destroy();
  });
  return [child, pids.get('grand') ?? 0];
}

const codes = features().foreignExitCodes.available;

test('a process of others tells how it ended where the kernel does, and never a made-up 0', async (t) => {
  for (const [last, text] of [
    ['exit 42', 'exited with code 42'],
    ['exit 0', 'exited with code 0'],
    ['kill -USR1 $$', 'killed by SIGUSR1'],
  ] as const) {
    const [child, pid] = await grandchild(t, last);
    const other = attach(pid);
    assert.equal(other.isAlive(), true);
    assert.equal(await other.wait({ timeout: 1 }), undefined);
    const wait = other.wait();
    child.stdin?.write('go\n');
    const status = await wait;
    assert.equal(String(status), codes ? text : 'ended, status not observed');
    assert.equal(status.ok, codes && last === 'exit 0');
    assert.equal(await other.wait(), status);
    assert.equal(other.exitStatus, status);
    assert.equal(other.isAlive(), false);
    assert.equal(other.signal('SIGTERM'), false);
    assert.equal(other.kill({ tree: true }), false);
    assert.equal(await other.terminate(), status);
  }
});

test('waitSync works for a process of others too', async (t) => {
  const [child, pid] = await grandchild(t, 'sleep 0.1; exit 3');
  const other = attach(pid);
  assert.equal(other.waitSync({ timeout: 5 }), undefined);
  // A write to a pipe that has room is done at once, before the event loop is blocked.
  child.stdin?.write('go\n');
  assert.equal(other.waitSync().code, codes ? 3 : undefined);
});

test('a process of others is signalled and terminated like one of ours', async (t) => {
  const [, pid] = await grandchild(t, 'exit 1');
  const other = attach(pid);
  assert.equal(other.suspend(), true);
  await until(() => stat(pid)?.state === 'T', 'it to stop');
  const status = await other.terminate();
  assert.equal(status.signal, codes ? 'SIGTERM' : undefined);
});

test('a child of node:child_process is told by both, each its own way', async () => {
  const theirs = nodeSpawn('sh', ['-c', 'read x; exit 8'], { stdio: ['pipe', 'ignore', 'ignore'] });
  const told = once(theirs, 'exit');
  const other = attach(theirs.pid ?? 0);
  const wait = other.wait();
  theirs.stdin.end('go\n');
  assert.deepEqual(await told, [8, null]);
  assert.equal((await wait).code, codes ? 8 : undefined);
});

test('disposing of what was attached leaves it alone, and gives its descriptor back', async (t) => {
  const [, pid] = await grandchild(t, 'exit 1');
  const other = attach(pid);
  await other[Symbol.asyncDispose]();
  assert.notEqual(stat(pid)?.state, undefined);
  assert.equal(other.pid, pid);
  assert.equal(other.isAlive(), true);
  await other[Symbol.asyncDispose]();
  // Found again by its start time.
  assert.equal(other.signal('SIGTERM'), true);
  await other.wait();
});

test('parents, children and descendants', async (t) => {
  const child = await spawn(
    'sh',
    ['-c', `sh -c 'echo middle $$; sleep 1000 & echo leaf $!; wait' & echo top $$; wait`],
    { stdin: 'ignore', stderr: 'ignore' },
  );
  const pids = await namedPids(child.lines(), 3);
  t.after(() => killAll(pids.values()));
  const self = child.parent();
  assert.ok(self?.isCurrent);
  assert.deepEqual(self.children(), [child]);
  assert.deepEqual(
    child.children().map(({ pid }) => pid),
    [pids.get('middle')],
  );
  const [middle, leaf] = child.descendants();
  assert.deepEqual([middle?.pid, leaf?.pid], [pids.get('middle'), pids.get('leaf')]);
  assert.equal(leaf?.parent()?.pid, middle?.pid);
  assert.equal(middle?.parent(), child);
  await child.terminate({ tree: true });
  await leaf?.wait();
  await middle?.wait();
  assert.equal(middle?.parent(), undefined);
  assert.deepEqual(self.children(), []);
});

test(
  'a pid that was given to another process is never hit',
  { skip: !isRoot && 'needs root' },
  async (t) => {
    if (!requireProgram(t, 'unshare')) return;
    // In a pid namespace of its own, the next pid can be chosen.
    const { stdout, stderr, code } = await inNode(
      `import { attach, spawn } from 'brood';
    import { spawn as nodeSpawn } from 'node:child_process';
    import { once } from 'node:events';
import { release } from 'node:os';
    import { writeFileSync } from 'node:fs';
    const quiet = { stdin: 'ignore', stdout: 'ignore', stderr: 'ignore' };
    const first = await spawn('sleep', ['1000'], quiet);
    const stranger = nodeSpawn('sleep', ['1000'], { stdio: 'ignore' });
    const attached = attach(stranger.pid);
    first.kill();
    await first.wait();
    stranger.kill('SIGKILL');
    await once(stranger, 'exit');
    const reborn = [];
    for (const pid of [first.pid, stranger.pid]) {
      for (let tries = 0; tries < 50; tries++) {
        writeFileSync('/proc/sys/kernel/ns_last_pid', String(pid - 1));
        const next = await spawn('sleep', ['1000'], quiet);
        if (next.pid === pid) { reborn.push(next); break; }
        await next.terminate();
      }
    }
    console.log(reborn.map(({ pid }) => pid).join() === [first.pid, stranger.pid].join());
    for (const old of [first, attached]) {
      console.log(old.isAlive(), old.signal('SIGKILL'), old.kill({ tree: true }), old.suspend());
      try { old.priority = 19; } catch (error) { console.log(error.code); }
      console.log(old.children().length, old.parent());
      await old.terminate({ tree: true });
    }
    console.log(reborn.map((process) => process.isAlive() && process.priority).join());
    for (const process of reborn) await process.terminate();`,
      { wrap: ['unshare', '--pid', '--fork', '--mount-proc', '--kill-child'] },
    );
    if (/unshare/.test(stderr)) {
      t.skip('no pid namespaces here');
      return;
    }
    const old = 'false false false false\nESRCH\n0 undefined\n';
    assert.equal(stdout, `true\n${old}${old}0,0\n`, stderr);
    assert.equal(code, 0);
  },
);

test('many waits on one process are cheap, and all are told', async () => {
  const child = await spawn('sleep', ['1000'], quiet);
  const controller = new AbortController();
  const bounded = Array.from({ length: 10_000 }, () => child.wait({ signal: controller.signal }));
  const unbounded = Array.from({ length: 10_000 }, () => child.wait());
  assert.equal(new Set(unbounded).size, 1);
  child.kill();
  const statuses = new Set(await Promise.all([...bounded, ...unbounded]));
  assert.deepEqual([...statuses].map(String), ['killed by SIGKILL']);
  await until(() => isGone(child.pid), 'the child to be gone');
});

test('an inode names a process for good, where the kernel has them', async (t) => {
  const [child, pid] = await grandchild(t, 'exit 0');
  const { inode } = attach(pid);
  const [major = 0, minor = 0] = release().split('.').map(Number);
  if (major < 6 || (major === 6 && minor < 9)) {
    assert.equal(inode, undefined);
    return;
  }
  assert.equal(typeof inode, 'bigint');
  assert.equal(attach(pid).inode, inode, 'the same by another handle');
  assert.notEqual(child.inode, inode);
  assert.equal(typeof current.inode, 'bigint');
  assert.equal(current.inode, attach(process.pid).inode);
  const other = attach(pid);
  child.stdin?.write('\n');
  await other.wait();
  assert.equal(other.inode, undefined, 'it had ended before it was asked');
});

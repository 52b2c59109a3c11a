import assert from 'node:assert/strict';
import test from 'node:test';

import { attach, current, spawn, type Child } from 'brood';

import { inNode } from '../harness/in-node.ts';
import { hasEnded, stat, until } from '../harness/proc.ts';
import { requireProgram } from '../harness/programs.ts';
import { killAll, markedPids, namedPids } from '../harness/tree.ts';

async function tree(
  script: string,
  count: number,
): Promise<[Child, Map<string, number>, AsyncGenerator<string>]> {
  const child = await spawn('sh', ['-c', script], { stdin: 'ignore', stderr: 'ignore' });
  const lines = child.lines();
  return [child, await namedPids(lines, count), lines];
}

/** Three generations, one of them in a session of its own. */
const family = `
  sh -c 'echo deep $$; sleep 1000 & echo deeper $!; wait' &
  setsid sh -c 'echo session $$; sleep 1000 & echo member $!; wait' &
  echo root $$; wait`;

test('kill reaches the whole tree, sessions included, and is final', async (t) => {
  if (!requireProgram(t, 'setsid')) return;
  const [child, pids] = await tree(family, 5);
  t.after(() => killAll(pids.values()));
  assert.notEqual(stat(pids.get('session') ?? 0)?.sid, stat(process.pid)?.sid);
  assert.equal(child.kill({ tree: true }), true);
  for (const [name, pid] of pids) assert.ok(hasEnded(pid), `${name} is left`);
  assert.equal((await child.wait()).signal, 'SIGKILL');
  assert.equal(child.kill({ tree: true }), false);
});

test('members whose parent ended are found by the session that a member leads', async (t) => {
  // The one in the middle ends, so the last one belongs to init, and only its session tells.
  const [child, pids] = await tree(
    `sh -c '(sleep 1000 & echo orphan $!)'; echo root $$; exec sleep 1000`,
    2,
  );
  t.after(() => killAll(pids.values()));
  await child.terminate();
  killAll(pids.values());

  const leader = await spawn(
    'sh',
    ['-c', `sh -c '(sleep 1000 & echo orphan $!)'; echo root $$; exec sleep 1000`],
    { stdin: 'ignore', stderr: 'ignore', session: true },
  );
  const members = await namedPids(leader.lines(), 2);
  t.after(() => killAll(members.values()));
  const orphan = members.get('orphan') ?? 0;
  await until(() => stat(orphan)?.ppid !== leader.pid, 'the parent to end');
  assert.equal((await leader.terminate({ tree: true })).signal, 'SIGTERM');
  assert.ok(hasEnded(orphan));
});

test('terminate asks every member, and waits for all of them', async (t) => {
  const [child, pids] = await tree(
    `sh -c 'trap "sleep 0.1; exit 0" TERM; echo slow $$; while :; do sleep 0.01; done' &
     echo root $$; wait`,
    2,
  );
  t.after(() => killAll(pids.values()));
  const status = await child.terminate({ tree: true, grace: 60_000 });
  assert.equal(status.signal, 'SIGTERM');
  assert.ok(hasEnded(pids.get('slow') ?? 0));
});

test('members that do not listen are killed after the grace', async (t) => {
  const [child, pids] = await tree(
    `setsid sh -c 'trap "" TERM; echo deaf $$; while :; do sleep 0.01; done' & echo root $$; wait`,
    2,
  );
  t.after(() => killAll(pids.values()));
  await child.terminate({ tree: true, grace: 50 });
  assert.ok(hasEnded(pids.get('deaf') ?? 0));
});

test('a tree that grows while it is stopped does not get away', async () => {
  const mark = `BROOD_TEST_MARK=${process.pid}.${performance.now()}`;
  // It grows at its end, without end: whoever looks only once misses what is born meanwhile.
  const script = 'grow() { (sleep 0.002; grow) & wait; }; echo root $$; grow';
  const child = await spawn('sh', ['-c', script], {
    stdin: 'ignore',
    stderr: 'ignore',
    extendEnv: true,
    env: Object.fromEntries([mark.split('=')]),
  });
  await namedPids(child.lines(), 1);
  await until(() => markedPids(mark).length > 5, 'the tree to grow');
  assert.equal(child.kill({ tree: true }), true);
  assert.deepEqual(markedPids(mark), []);
  await child.wait();
});

test('a signal with tree reaches each member, and what it does is theirs', async (t) => {
  const inner = `sh -c 'trap "echo got" USR1; sleep 1000 & echo inner $$; wait; wait' &`;
  const [child, pids, lines] = await tree(
    `trap : USR1; ${inner} echo root $$; wait; wait; wait`,
    2,
  );
  t.after(() => killAll(pids.values()));
  assert.equal(child.signal('SIGUSR1', { tree: true }), true);
  assert.equal((await lines.next()).value, 'got');
  assert.equal((await lines.next()).done, true);
  assert.equal((await child.wait()).code, 0);
  assert.equal(child.signal('SIGUSR1', { tree: true }), false);
});

test('a whole tree can be stopped and continued; what was stopped before stays so', async (t) => {
  const [child, pids] = await tree(`sleep 1000 & echo sleeper $!; echo root $$; wait`, 2);
  t.after(() => killAll(pids.values()));
  const states = (): string => [...pids.values()].map((pid) => stat(pid)?.state).join('');
  assert.equal(child.signal('SIGSTOP', { tree: true }), true);
  await until(() => states() === 'TT', 'the tree to stop');
  assert.equal(child.signal('SIGCONT', { tree: true }), true);
  await until(() => !states().includes('T'), 'the tree to go on');
  const sleeper = attach(pids.get('sleeper') ?? 0);
  sleeper.suspend();
  await until(() => stat(sleeper.pid)?.state === 'T', 'the sleeper to stop');
  assert.equal(child.signal('SIGWINCH', { tree: true }), true);
  await until(() => stat(child.pid)?.state !== 'T', 'the root to go on');
  assert.equal(stat(sleeper.pid)?.state, 'T');
  await child.terminate({ tree: true });
  assert.ok(hasEnded(sleeper.pid));
  await sleeper.wait();
});

test('a tree that this program is in is refused', async () => {
  await using parent = current.parent();
  assert.ok(parent);
  assert.throws(() => parent.kill({ tree: true }), { code: 'ERR_INVALID_STATE', pid: parent.pid });
  await assert.rejects(parent.terminate({ tree: true }), { code: 'ERR_INVALID_STATE' });
  assert.ok(parent.isAlive());
});

test('the tree of this program is all below it, and not itself', async () => {
  const result = await inNode(`import { current, spawn } from 'brood';
    const child = await spawn('sleep', ['1000'], { stdout: 'ignore', stderr: 'ignore' });
    console.log(current.kill({ tree: true }), String(await child.wait()), current.isAlive());`);
  assert.equal(result.stdout, 'true killed by SIGKILL true\n', result.stderr);
});

/** A child whose daemon, in a session of its own, has become ours: a program for inNode(). */
const adoption = `
  import { current, spawn } from 'brood';
  import { spawn as nodeSpawn } from 'node:child_process';
  import { readFileSync } from 'node:fs';
  const stat = (pid) => {
    try { return readFileSync('/proc/' + pid + '/stat', 'latin1').split(') ')[1].split(' '); }
    catch { return ['gone']; }
  };
  const states = (...pids) => pids.map((pid) => stat(pid)[0]).join(' ');
  const quiet = { stdin: 'ignore', stdout: 'ignore', stderr: 'ignore' };
  const breed = async () => {
    const daemon = '(setsid sh -c "echo \\\\$\\\\$; exec sleep 1000" &) ; exec sleep 1000';
    const child = await spawn('sh', ['-c', daemon], { stdin: 'ignore' });
    const orphan = Number((await child.lines().next()).value);
    while (stat(orphan)[1] !== String(process.pid)) {
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    // Start times count in hundredths of a second: what comes now is to be younger.
    await new Promise((resolve) => setTimeout(resolve, 30));
    return [child, orphan];
  };
  const end = (orphan) => {
    try { process.kill(orphan, 'SIGKILL'); } catch {}
  };
  current.subreaper = true;`;

test('a subreaper finds orphans in sessions of their own, and nothing else', async (t) => {
  if (!requireProgram(t, 'setsid')) return;
  const result = await inNode(`${adoption}
    const [child, orphan] = await breed();
    const theirs = nodeSpawn('sleep', ['1000'], { stdio: 'ignore' });
    const other = await spawn('sleep', ['1000'], quiet);
    child.kill({ tree: true });
    console.log(states(orphan, theirs.pid, other.pid));
    end(orphan);
    theirs.kill();
    await other.terminate();`);
  assert.equal(result.stdout, 'Z S S\n', result.stderr);
});

test('an orphan that may be another child’s is left alone', async (t) => {
  if (!requireProgram(t, 'setsid')) return;
  const result = await inNode(`${adoption}
    const other = await spawn('sleep', ['1000'], quiet);
    const [child, orphan] = await breed();
    child.kill({ tree: true });
    console.log(states(orphan));
    end(orphan);
    await other.terminate();`);
  assert.equal(result.stdout, 'S\n', result.stderr);
});

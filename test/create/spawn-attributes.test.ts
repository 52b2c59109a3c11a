import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, rmdirSync } from 'node:fs';
import { test, type TestContext } from 'node:test';

import { type Child, output, spawn, type SpawnOptions } from 'brood';

import { isRoot, otherUser } from '../harness/as-user.ts';
import { inNode, startInNode } from '../harness/in-node.ts';
import { hasEnded, stat, status, until } from '../harness/proc.ts';
import { requireProgram } from '../harness/programs.ts';

const quiet = { stdin: 'ignore', stdout: 'ignore', stderr: 'ignore' } as const;

function sleeper(options: SpawnOptions): Promise<Child> {
  return spawn('sleep', ['60'], { ...quiet, ...options });
}

function requireRoot(t: TestContext): boolean {
  if (!isRoot) t.skip('needs root');
  return isRoot;
}

/** Fields of /proc/PID/stat by the numbers of proc_pid_stat(5). */
function statField(pid: number, number: number): number {
  const text = readFileSync(`/proc/${pid}/stat`, 'latin1');
  return Number(text.slice(text.lastIndexOf(')') + 2).split(' ')[number - 3]);
}

test('uid and gid, real, effective and saved; the groups of root are dropped', async (t) => {
  if (!requireRoot(t)) return;
  await using child = await sleeper(otherUser);
  const { Uid, Gid, Groups } = status(child.pid);
  assert.equal(Uid, '65534\t65534\t65534\t65534');
  assert.equal(Gid, '65534\t65534\t65534\t65534');
  assert.equal(Groups, '');
});

test('groups, exactly', async (t) => {
  if (!requireRoot(t)) return;
  await using child = await sleeper({ groups: [12, 100, 7777] });
  assert.equal(status(child.pid)['Groups'], '12 100 7777');
  await using none = await sleeper({ groups: [] });
  assert.equal(status(none.pid)['Groups'], '');
});

test('umask', async () => {
  await using child = await sleeper({ umask: 0o027 });
  assert.equal(status(child.pid)['Umask'], '0027');
});

test('a process group of its own, or an existing one', async () => {
  await using first = await sleeper({ processGroup: true });
  assert.equal(stat(first.pid)?.pgid, first.pid);
  assert.equal(stat(first.pid)?.sid, stat(process.pid)?.sid);
  await using second = await sleeper({ processGroup: first.pid });
  assert.equal(stat(second.pid)?.pgid, first.pid);
  await using third = await sleeper({ processGroup: false });
  assert.equal(stat(third.pid)?.pgid, stat(process.pid)?.pgid);
});

test('a session of its own', async () => {
  await using child = await sleeper({ session: true, processGroup: true });
  const { sid, pgid, tty } = stat(child.pid) ?? {};
  assert.deepEqual({ sid, pgid, tty }, { sid: child.pid, pgid: child.pid, tty: 0 });
});

test('a controlling terminal', async (t) => {
  if (!requireProgram(t, 'python3')) return;
  // Both ends stay open over the exec; nobody leads a session with that terminal.
  const terminal = [
    'import os, sys',
    'ends = os.openpty()',
    'for fd in ends: os.set_inheritable(fd, True)',
    'os.environ["SLAVE"] = str(ends[1])',
    'os.execvp(sys.argv[1], sys.argv[1:])',
  ].join('\n');
  const { stdout, stderr } = await inNode(
    `import { readFileSync } from 'node:fs';
     import { spawn } from 'brood';
     const slave = Number(process.env.SLAVE);
     const child = await spawn('sleep', ['60'], { stdin: slave, controllingTerminal: true });
     const other = await spawn('sleep', ['60'], { stdin: slave, session: true });
     for (const { pid } of [child, other]) {
       const fields = readFileSync('/proc/' + pid + '/stat', 'latin1').split(') ')[1].split(' ');
       console.log(Number(fields[3]) === pid, Number(fields[4]) !== 0);
     }
     child.kill();
     other.kill();`,
    { wrap: ['python3', '-c', terminal] },
  );
  assert.equal(stdout, 'true true\ntrue false\n', stderr);
});

test('priority', async () => {
  await using child = await sleeper({ priority: 7 });
  assert.equal(stat(child.pid)?.nice, 7);
});

test('scheduling policies', async () => {
  await using batch = await sleeper({ scheduling: { policy: 'batch' } });
  assert.equal(statField(batch.pid, 41), 3);
  await using idle = await sleeper({ scheduling: { policy: 'idle' } });
  assert.equal(statField(idle.pid, 41), 5);
  assert.deepEqual(idle.scheduling, { policy: 'idle', priority: 0 });
});

test('real-time scheduling with its priority', async (t) => {
  if (!requireRoot(t)) return;
  await using child = await sleeper({ scheduling: { policy: 'roundRobin', priority: 3 } });
  assert.equal(statField(child.pid, 41), 2);
  assert.equal(statField(child.pid, 40), 3);
});

test('affinity', async () => {
  const [cpu] = /\d+/.exec(status(process.pid)['Cpus_allowed_list'] ?? '') ?? [];
  await using child = await sleeper({ affinity: [Number(cpu)] });
  assert.equal(status(child.pid)['Cpus_allowed_list'], cpu);
});

test('limits, soft and hard', async () => {
  await using child = await sleeper({
    limits: {
      openFiles: { soft: 50, hard: 60 },
      coreSize: 0,
      cpuTime: Infinity,
      stackSize: 2 ** 20,
    },
  });
  const text = readFileSync(`/proc/${child.pid}/limits`, 'utf8');
  assert.match(text, /Max open files +50 +60 /);
  assert.match(text, /Max core file size +0 +0 /);
  assert.match(text, /Max stack size +1048576 +1048576 /);
  assert.match(text, /Max cpu time +unlimited +unlimited /);
});

test('ioPriority', async (t) => {
  if (!requireProgram(t, 'ionice')) return;
  await using idle = await sleeper({ ioPriority: { class: 'idle' } });
  assert.equal(await output('ionice', ['-p', String(idle.pid)]), 'idle');
  await using late = await sleeper({ ioPriority: { class: 'bestEffort', level: 6 } });
  assert.equal(await output('ionice', ['-p', String(late.pid)]), 'best-effort: prio 6');
});

test('oomScoreAdjust', async () => {
  await using child = await sleeper({ oomScoreAdjust: 765 });
  assert.equal(readFileSync(`/proc/${child.pid}/oom_score_adj`, 'utf8').trim(), '765');
});

/** A new cgroup v2 folder, if this machine lets us make one. */
function newCgroup(t: TestContext): string | undefined {
  for (const root of ['/sys/fs/cgroup', '/sys/fs/cgroup/unified']) {
    const folder = `${root}/brood-test-${process.pid}`;
    try {
      readFileSync(`${root}/cgroup.procs`);
      mkdirSync(folder);
      t.after(() => rmdirSync(folder));
      return folder;
    } catch {
      // Not there, or not ours to write.
    }
  }
  t.skip('no cgroup v2 that can be written');
  return undefined;
}

test('a cgroup, from birth', async (t) => {
  const folder = newCgroup(t);
  if (folder === undefined) return;
  const child = await sleeper({ cgroup: folder });
  assert.match(readFileSync(`/proc/${child.pid}/cgroup`, 'utf8'), /0::.*\/brood-test-\d+$/m);
  await child.terminate();
});

test('all attributes together', async (t) => {
  if (!requireRoot(t)) return;
  await using child = await sleeper({
    ...otherUser,
    groups: [4],
    umask: 0o077,
    session: true,
    priority: 3,
    limits: { openFiles: 99 },
    oomScoreAdjust: 300,
    cwd: '/usr',
    env: { PATH: '/bin' },
  });
  const { Uid, Groups, Umask } = status(child.pid);
  assert.deepEqual([Uid?.split('\t')[0], Groups, Umask], ['65534', '4', '0077']);
  assert.equal(stat(child.pid)?.nice, 3);
  assert.equal(stat(child.pid)?.sid, child.pid);
});

test('deathSignal ends the child when its parent is killed, and not before', async () => {
  const { result, stdout, child } = startInNode(`
    import { spawn } from 'brood';
    const child = await spawn('sleep', ['60'], { deathSignal: 'SIGKILL', cleanup: false });
    console.log(child.pid);
    setInterval(() => {}, 1000);
  `);
  const pid = Number(
    await until(() => stdout().includes('\n') && stdout(), 'the pid of the child'),
  );
  // The thread that made it is one of a pool, which gets other things to do.
  const state = stat(pid)?.state;
  child.kill('SIGKILL');
  await result;
  assert.ok(state === 'S' || state === 'R', state);
  await until(() => hasEnded(pid), 'the end of the child');
});

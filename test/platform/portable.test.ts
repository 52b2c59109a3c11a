/** What is particular to the platform without the addon: what it refuses, how it makes do. */
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { portable } from '../harness/portable-node.ts';
import { hasEnded, stat, until } from '../harness/proc.ts';

test('the reason why the addon is not in use is shown', async () => {
  const { told, stderr } = await portable(`
    const { addon, exec, pidfd, fork, ...others } = brood.features();
    tell([addon.available, others.spawn.available, exec.available, pidfd.available, fork.available]);
    tell([addon.reason, exec.reason, pidfd.reason]);
  `);
  assert.deepEqual(told[0], [false, true, false, false, false], stderr);
  const [addon, exec, pidfd] = told[1] as string[];
  assert.equal(addon, 'BROOD_PLATFORM=portable is set');
  assert.match(exec ?? '', /Linux.*addon.*BROOD_PLATFORM=portable is set/);
  assert.match(pidfd ?? '', /Linux 5\.3/);
});

test('every option that cannot be had is refused by name, with what can, before anything starts', async () => {
  const options = {
    groups: [1],
    umask: 0o22,
    processGroup: true,
    priority: 5,
    scheduling: { policy: 'batch' },
    affinity: [0],
    limits: { openFiles: 64 },
    ioPriority: { class: 'idle' },
    oomScoreAdjust: 500,
    deathSignal: 'SIGKILL',
  };
  const { told, stderr } = await portable(`
    for (const [name, value] of Object.entries(${JSON.stringify(options)})) {
      tell([name, await failure(() => spawn('sh', ['-c', 'echo started >&2'], { [name]: value })),
        await failure(() => runSync('sh', ['-c', 'echo started >&2'], { [name]: value }))]);
    }
  `);
  assert.deepEqual(
    told.map((each) => (each as string[])[0]),
    Object.keys(options),
    stderr,
  );
  for (const each of told as [string, ...[string, string, string][]][]) {
    const [name, ...failures] = each;
    for (const [kind, code, message] of failures) {
      assert.deepEqual([kind, code], ['UnsupportedError', 'ENOTSUP'], name);
      assert.match(message, new RegExp(`\\b${name}\\b.*Linux.*addon`), name);
    }
  }
});

test('what else cannot be had is refused the same way', async () => {
  const { told, stderr } = await portable(`
    tell(await failure(() => brood.exec('true')));
    tell(await failure(() => brood.pipe()));
    tell(await failure(() => brood.socketpair()));
    tell(await failure(() => spawn('true', { stdin: 'closed' })));
    tell(await failure(() => runSync('true', { stderr: 'stdout' })));
    tell(await failure(() => current.affinity));
    tell(await failure(() => current.limits));
    tell(await failure(() => (current.subreaper = true)));
    tell(current.subreaper);
  `);
  const refused = told.slice(0, -1) as [string, string, string][];
  assert.equal(refused.length, 8, stderr);
  for (const [name, code, message] of refused) {
    assert.deepEqual([name, code], ['UnsupportedError', 'ENOTSUP'], message);
    assert.match(message, /Linux.*addon of brood, which is not in use: BROOD_PLATFORM=portable/);
  }
  assert.equal(told.at(-1), false);
});

test('the nice value of a process is read and set', async () => {
  const { told, stderr } = await portable(`
    const child = await spawn('sleep', ['1000'], quiet);
    const before = child.priority;
    child.priority = before + 3;
    tell([child.priority - before, child.pid]);
    const nice = Number((await import('node:fs')).readFileSync('/proc/' + child.pid + '/stat', 'latin1')
      .split(') ')[1].split(' ')[16]);
    tell(nice - before);
    await child.terminate();
    tell((await failure(() => child.priority))[0]);
  `);
  assert.equal((told[0] as number[])[0], 3, stderr);
  assert.deepEqual(told.slice(1), [3, 'NoSuchProcessError']);
});

test('a wait for a stranger holds the program until its end, unless it is let go', async () => {
  const holds = await portable(`
    import { spawn as nodeSpawn } from 'node:child_process';
    const other = nodeSpawn('sleep', ['0.3'], { stdio: 'ignore' });
    other.unref();
    attach(other.pid).wait().then((status) => tell(String(status)));
  `);
  assert.deepEqual([holds.told, holds.code], [['ended, status not observed'], 0], holds.stderr);
  const free = await portable(`
    attach(${process.pid}).wait({ timeout: 5 }).then((status) => tell(String(status)));
    const stranger = attach(${process.pid});
    stranger.wait().then(() => tell('ended'));
    stranger.unref();
  `);
  assert.deepEqual([free.told, free.code], [['undefined'], 0], free.stderr);
});

test('a thread is no process', async () => {
  const { told, stderr } = await portable(`
    import { readdirSync } from 'node:fs';
    const thread = readdirSync('/proc/self/task').map(Number).find((id) => id !== process.pid);
    tell((await failure(() => attach(thread)))[0]);
  `);
  assert.deepEqual(told, ['NoSuchProcessError'], stderr);
});

test('a process of another user can be attached to, and not signalled', async (t) => {
  if (process.getuid?.() !== 0) {
    t.skip('for root only');
    return;
  }
  const { told, stderr } = await portable(
    `
    const stranger = attach(${process.pid});
    tell([stranger.isAlive(), (await failure(() => stranger.signal('SIGTERM'))).slice(0, 2)]);
  `,
    { uid: 65534, gid: 65534 },
  );
  assert.deepEqual(told, [[true, ['PermissionError', 'EPERM']]], stderr);
});

test('children are stopped at the end of the program, deaf ones too', async () => {
  const { told, code, stderr } = await portable(`
    import { once } from 'node:events';
    const polite = await spawn('sleep', ['1000'], quiet);
    const deaf = await spawn('sh', ['-c', "trap '' TERM; echo ready; while :; do sleep 0.1; done"],
      { ...quiet, stdout: 'pipe' });
    await once(deaf.stdout, 'data');
    tell([polite.pid, deaf.pid]);
    process.exit(3);
  `);
  assert.equal(code, 3, stderr);
  for (const pid of told[0] as number[]) {
    await until(() => hasEnded(pid), `the end of ${pid}, ${stat(pid)?.state}`);
  }
});

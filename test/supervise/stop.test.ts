import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';

import { startInNode } from '../harness/in-node.ts';
import { hasEnded, isGone, stat, until } from '../harness/proc.ts';
import { sleeper, watched } from '../harness/supervised.ts';
import { temporaryFolder } from '../harness/temp.ts';

const numbers = (file: string): number[] =>
  readFileSync(file, 'utf8').trim().split(/\s+/).map(Number);

test('those that need others are stopped first, each when the one before is gone', async (t) => {
  const { supervisor, story } = watched(t, {
    children: [
      { name: 'web', command: sleeper, dependsOn: ['api'] },
      { name: 'api', command: sleeper, dependsOn: ['db'] },
      { name: 'db', command: sleeper },
    ],
  });
  await supervisor.start();
  await supervisor.stop();
  assert.deepEqual(story('started'), ['started db', 'started api', 'started web']);
  assert.deepEqual(story('stopped'), ['stopped web', 'stopped api', 'stopped db']);
});

test('who ignores the signal is killed after the grace, with the whole tree', async (t) => {
  const folder = await temporaryFolder(t);
  const script = `trap "" TERM; sh -c 'trap "" TERM; echo $$ >inner; while :; do sleep 1; done' & echo $$ >outer; while :; do sleep 1; done`;
  const { supervisor, all } = watched(t, {
    children: [
      {
        name: 'stubborn',
        command: ['sh', '-c', script],
        cwd: folder,
        stop: { grace: 200 },
        ready: { exec: ['test', '-s', 'inner', '-a', '-s', 'outer'] },
      },
    ],
  });
  await supervisor.start();
  const pids = [...numbers(join(folder, 'inner')), ...numbers(join(folder, 'outer'))];
  await supervisor.stop();
  for (const pid of pids) assert.ok(isGone(pid), `${pid} is gone`);
  assert.equal(all('exited')[0]?.status?.signal, 'SIGKILL');
});

test('each has its own signal, and may finish its work within the grace', async (t) => {
  const folder = await temporaryFolder(t);
  const script = `trap "sleep 0.3; echo done >done; exit 0" INT; trap "echo wrong >wrong" TERM; echo up; while :; do sleep 0.05; done`;
  const { supervisor, all } = watched(t, {
    children: [
      {
        name: 'polite',
        command: ['sh', '-c', script],
        cwd: folder,
        ready: { log: 'up' },
        stop: { signal: 'SIGINT', scope: 'process', grace: 20_000 },
      },
    ],
  });
  await supervisor.start();
  await supervisor.stop();
  assert.ok(existsSync(join(folder, 'done')));
  assert.ok(!existsSync(join(folder, 'wrong')));
  assert.equal(all('exited')[0]?.status?.code, 0);
});

test('a daemon in a session of its own, whose parents are gone, is found and stopped', async (t) => {
  const folder = await temporaryFolder(t);
  const script = `setsid sh -c 'setsid sh -c "echo \\$\\$ >daemon; exec sleep 1000 >/dev/null 2>&1" & exit' & wait; echo up; exec sleep 1000`;
  const { supervisor } = watched(t, {
    children: [
      {
        name: 'forking',
        command: ['sh', '-c', script],
        cwd: folder,
        ready: { exec: ['test', '-s', 'daemon'] },
      },
    ],
  });
  await supervisor.start();
  const [daemon] = numbers(join(folder, 'daemon')) as [number];
  const [status] = supervisor.status();
  await until(() => stat(daemon)?.ppid === process.pid, 'the daemon to come to us');
  assert.notEqual(stat(daemon)?.sid, status?.pid);
  await supervisor.stop();
  assert.ok(isGone(daemon), 'the daemon is gone');
});

test('what a crashed child leaves behind is cleared away before it is started again', async (t) => {
  const folder = await temporaryFolder(t);
  const script = `[ -s left ] && ! grep -q "^State:.[RSD]" "/proc/$(cat left)/status" 2>/dev/null && echo clean >clean; setsid sleep 1000 >/dev/null 2>&1 & echo $! >left; exit 1`;
  const { supervisor, event } = watched(t, {
    children: [{ name: 'messy', command: ['sh', '-c', script], cwd: folder }],
    intensity: 2,
    backoff: { min: 1, max: 1 },
  });
  await supervisor.start().catch(() => undefined);
  await event('ended');
  assert.ok(existsSync(join(folder, 'clean')), 'the one before was gone');
  assert.ok(isGone(numbers(join(folder, 'left'))[0] as number));
});

test('stop by force cuts the grace short', async (t) => {
  const { supervisor } = watched(t, {
    children: [
      {
        name: 'stubborn',
        command: ['sh', '-c', 'trap "" TERM; echo up; while :; do sleep 1; done'],
        ready: { log: 'up' },
        stop: { grace: 1_000_000 },
      },
    ],
  });
  await supervisor.start();
  const pid = supervisor.status()[0]?.pid as number;
  const stopping = supervisor.stop();
  assert.ok(!hasEnded(pid));
  await supervisor.stop({ force: true });
  await stopping;
  assert.ok(isGone(pid));
});

test('a supervisor that dies by SIGKILL takes its tree along', async () => {
  const code = `
    import { Supervisor } from 'brood/supervise';
    const supervisor = new Supervisor({
      children: [
        { name: 'a', command: ['sh', '-c', 'sleep 1000 & echo pid $! $$; wait'], instances: 2 },
        { name: 'b', task: () => { console.log('pid', process.pid); setInterval(() => {}, 1000); return new Promise(() => {}); } },
      ],
      log: { format: 'plain' },
    });
    await supervisor.start();`;
  const node = startInNode(code);
  const pids = await until(() => {
    const found = [...node.stdout().matchAll(/pid (.*)/g)].flatMap((m) =>
      (m[1] as string).split(' ').map(Number),
    );
    return found.length === 5 && found;
  }, 'five processes');
  node.child.kill('SIGKILL');
  await node.result;
  for (const pid of pids) await until(() => hasEnded(pid), `the end of ${pid}`);
});

test('supervisors nest: one below that gives up is a failure of the child that it is', async (t) => {
  const { supervisor, event, events, all } = watched(t, {
    children: [
      { name: 'outer', command: sleeper },
      {
        name: 'group',
        supervisor: {
          children: [
            { name: 'good', command: sleeper },
            { name: 'bad', command: ['sh', '-c', 'sleep 0.05; exit 9'] },
          ],
          intensity: 1,
          log: false,
        },
      },
    ],
    intensity: 1,
  });
  await supervisor.start().catch(() => undefined);
  const end = await supervisor.done;
  await event('ended');
  assert.deepEqual([end.reason, end.failure?.name], ['gave-up', 'group']);
  assert.match(String(end.failure?.error), /bad\.1 failed: exited with code 9/);
  // One start and one restart of the group, each with a start and a restart inside.
  assert.equal(all('started', 'bad').length, 4);
  assert.deepEqual(all('started', 'bad')[0]?.path, ['group']);
  const pids = events.flatMap((each) =>
    'pid' in each && each.pid !== undefined ? [each.pid] : [],
  );
  for (const pid of pids) assert.ok(isGone(pid));
});

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';

import { hasEnded, isGone, until } from '../harness/proc.ts';
import { sleeper, watched } from '../harness/supervised.ts';
import { temporaryFolder } from '../harness/temp.ts';

test('a child that is killed is started again, at once and as another process', async (t) => {
  const { supervisor, event } = watched(t, {
    children: [{ name: 'one', command: sleeper, restart: 'always' }],
  });
  await supervisor.start();
  const first = await event('ready', 'one');
  process.kill(first.pid as number, 'SIGKILL');
  const exited = await event('exited', 'one');
  assert.deepEqual(
    [exited.status?.signal, exited.status?.code, exited.expected],
    ['SIGKILL', undefined, false],
  );
  assert.equal((await event('restarting', 'one')).delayMs, 0);
  const second = await event('ready', 'one', 1);
  assert.notEqual(second.pid, first.pid);
  const [status] = supervisor.status();
  assert.deepEqual([status?.state, status?.pid, status?.restarts], ['ready', second.pid, 1]);
});

test('whether it is started again depends on how it ended, and a signal is a failure', async (t) => {
  const cases = [
    ['always', 'exit 0', true],
    ['always', 'exit 1', true],
    ['on-failure', 'exit 0', false],
    ['on-failure', 'exit 1', true],
    ['on-failure', 'kill -9 $$', true],
    ['on-failure', 'kill -TERM $$', true],
    ['never', 'exit 1', false],
    ['never', 'kill -9 $$', false],
  ] as const;
  for (const [restart, script, again] of cases) {
    const { supervisor, event, all } = watched(t, {
      children: [
        { name: 'child', command: ['sh', '-c', script], restart },
        { name: 'other', command: sleeper },
      ],
      intensity: Infinity,
    });
    await supervisor.start();
    if (again) {
      await event('started', 'child', 1);
    } else {
      const rest = script === 'exit 0' ? 'finished' : 'failed';
      await event(rest, 'child');
      assert.equal(all('started', 'child').length, 1);
      assert.equal(supervisor.status()[0]?.state, rest);
    }
    await supervisor.stop();
  }
});

test('a crash loop is given up, everything is stopped, and the failure is told', async (t) => {
  const { supervisor, all, event } = watched(t, {
    children: [
      { name: 'good', command: sleeper },
      { name: 'bad', command: ['sh', '-c', 'exit 7'] },
    ],
    intensity: 3,
    backoff: { min: 1, max: 2 },
  });
  await supervisor.start().catch((error: Error) => assert.equal(error.name, 'SupervisorError'));
  const end = await supervisor.done;
  assert.equal(end.reason, 'gave-up');
  assert.deepEqual([end.failure?.name, end.failure?.status?.code], ['bad', 7]);
  assert.equal(all('started', 'bad').length, 4, 'the first start, and as many as the intensity');
  await event('ended');
  const good = all('started', 'good')[0];
  assert.ok(isGone(good?.pid as number));
  assert.deepEqual(
    all('gave-up').map(({ name, reason }) => [name, reason]),
    [['bad', 'exited with code 7']],
  );
});

test('pauses grow from the second restart on, and no storm comes of it', async (t) => {
  const { supervisor, event, all } = watched(t, {
    children: [{ name: 'bad', command: ['false'] }],
    intensity: Infinity,
    backoff: { min: 20, max: 80, factor: 2, jitter: 0 },
  });
  await supervisor.start();
  await event('restarting', 'bad', 5);
  assert.deepEqual(
    all('restarting')
      .slice(0, 6)
      .map(({ delayMs }) => delayMs),
    [0, 20, 40, 80, 80, 80],
  );
});

test('one-for-all restarts all, rest-for-one those that come after, each in order', async (t) => {
  const child = (name: string): { name: string; command: string[] } & { command: [string] } => ({
    name,
    command: [...sleeper] as unknown as [string],
  });
  const children = ['a', 'b', 'c'].map(child);
  for (const [strategy, stopped, expected] of [
    ['one-for-one', [], ['b']],
    ['one-for-all', ['c', 'a'], ['a', 'b', 'c']],
    ['rest-for-one', ['c'], ['b', 'c']],
  ] as const) {
    const { supervisor, events, event } = watched(t, { children, strategy });
    await supervisor.start();
    const { pid } = await event('ready', 'b');
    const before = events.length;
    process.kill(pid as number, 'SIGKILL');
    for (const name of expected) await event('ready', name, 1);
    const story = events.slice(before);
    const named = (type: string): string[] =>
      story.flatMap((each) => (each.type === type && 'name' in each ? [each.name] : []));
    assert.deepEqual(named('started').toSorted(), [...expected], strategy);
    if (strategy === 'rest-for-one') assert.deepEqual(named('started'), [...expected]);
    const others = named('stopped').filter((name) => name !== 'b');
    assert.deepEqual(others.toSorted(), [...stopped].toSorted(), strategy);
    const pids = supervisor.status().map((each) => each.pid as number);
    assert.equal(new Set(pids).size, 3);
    assert.ok(pids.every((each) => !hasEnded(each)));
    await supervisor.stop();
  }
});

test('a program that is not there is no reason to try again and again', async (t) => {
  const { supervisor, all } = watched(t, {
    children: [{ name: 'none', command: ['no-such-program-anywhere'] }],
  });
  await assert.rejects(supervisor.start(), {
    name: 'SupervisorError',
    code: 'ERR_GAVE_UP',
    message: /none\.1: .*no-such-program-anywhere/,
  });
  assert.equal((await supervisor.done).reason, 'gave-up');
  assert.equal(all('restarting').length, 0);
});

test('when all have finished, it ends; one that is significant ends the others', async (t) => {
  const finished = watched(t, {
    children: [
      { name: 'a', command: ['true'] },
      { name: 'b', command: ['sh', '-c', 'exit 5'], restart: 'never' },
    ],
  });
  await finished.supervisor.start();
  const end = await finished.supervisor.done;
  assert.equal(end.reason, 'finished');
  assert.deepEqual([end.failure?.name, end.failure?.status?.code], ['b', 5]);

  const significant = watched(t, {
    children: [
      { name: 'server', command: sleeper },
      { name: 'tests', command: ['true'], dependsOn: ['server'], significant: true },
    ],
  });
  await significant.supervisor.start();
  assert.deepEqual(await significant.supervisor.done, { reason: 'finished', failure: undefined });
  const [server] = significant.all('exited', 'server');
  assert.deepEqual([server?.status?.signal, server?.expected], ['SIGTERM', true]);
});

test('no double start: crashes, restarts and scaling at the same time', async (t) => {
  const folder = await temporaryFolder(t);
  // Each one takes a lock that only one can have, and says so when it could not.
  const script = `exec 9>"lock.$BROOD_INSTANCE"; flock -n 9 || echo twice >>twice; sleep 0.0$((RANDOM % 5)); [ $((RANDOM % 3)) = 0 ] && exit 1; exec sleep 1000`;
  const { supervisor, all } = watched(t, {
    children: [{ name: 'w', command: ['bash', '-c', script], cwd: folder, instances: 3 }],
    intensity: Infinity,
    backoff: { min: 1, max: 5 },
  });
  await supervisor.start();
  for (let round = 0; round < 5; round++) {
    await Promise.all([
      supervisor.restart('w.1', 'w.2'),
      supervisor.restart('w'),
      supervisor.scale('w', 2 + (round % 3)),
    ]);
  }
  await supervisor.stop();
  assert.ok(all('started').length > 15);
  assert.throws(() => readFileSync(join(folder, 'twice')), { code: 'ENOENT' });
  for (const { pid } of all('started')) await until(() => isGone(pid as number));
});

import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { test, type TestContext } from 'node:test';

import { spawn, type SignalName } from 'brood';

import { startInNode } from '../harness/in-node.ts';
import { hasEnded, stat, until } from '../harness/proc.ts';
import { killAll, markedPids } from '../harness/tree.ts';

const quiet = { stdin: 'ignore', stdout: 'ignore', stderr: 'ignore' } as const;

/** The children of `parent` that have not ended. */
function childrenOf(parent: number): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => stat(pid)?.ppid === parent && !hasEnded(pid));
}

/** The keepers whose parent is `parent`; one that has just been started may not show its name yet. */
function keepersOf(parent: number): number[] {
  return childrenOf(parent).filter((pid) =>
    readFileSync(`/proc/${pid}/cmdline`, 'latin1').startsWith('brood-keeper\0'),
  );
}

/** A program that spawns `script` with a death signal; resolves when the marked tree has `count` members. */
async function parentOf(
  t: TestContext,
  script: string,
  [count, deathSignal]: [number, SignalName],
): Promise<{ kill: () => Promise<unknown>; members: () => number[] }> {
  const mark = `BROOD_KEEPER_MARK=${process.pid}.${performance.now()}`;
  const env = Object.fromEntries([mark.split('=')]) as Record<string, string>;
  const { child, result } = startInNode(`
    import { spawn } from 'brood';
    const quiet = { stdin: 'ignore', stdout: 'ignore', stderr: 'ignore' };
    const env = ${JSON.stringify(env)};
    const options = { ...quiet, env, extendEnv: true, deathSignal: '${deathSignal}' };
    await spawn('sh', ['-c', ${JSON.stringify(script)}], options);
    setInterval(() => {}, 1000);
  `);
  t.after(() => {
    child.kill('SIGKILL');
    killAll(markedPids(mark));
  });
  const members = (): number[] => markedPids(mark);
  await until(() => members().length >= count, 'the tree to grow');
  const kill = (): Promise<unknown> => {
    child.kill('SIGKILL');
    return result;
  };
  return { kill, members };
}

const family = `
  sleep 1000 &
  setsid sleep 1000 &
  (trap '' TERM HUP; sh -c 'sleep 1000 & setsid sh -c "sleep 1000 & sleep 1000; :" & wait') &
  wait`;

test('with a death signal, the whole tree of a child dies with its parent', async (t) => {
  const { kill, members } = await parentOf(t, family, [8, 'SIGKILL']);
  await kill();
  await until(() => members().length === 0, 'the end of the tree');
});

test('a gentle death signal is sent to all, and what does not listen is killed', async (t) => {
  const { kill, members } = await parentOf(t, family, [8, 'SIGTERM']);
  await kill();
  await until(() => members().length === 0, 'the end of the tree');
});

test('a tree that grows while its parent dies does not get away', async (t) => {
  // Up to a depth, so that a keeper that fails leaves nothing that nobody can catch.
  const script =
    'grow() { [ $1 = 400 ] && exec sleep 1000; (sleep 0.002; grow $(($1 + 1))) & wait; }; grow 0';
  const { kill, members } = await parentOf(t, script, [5, 'SIGKILL']);
  await kill();
  await until(() => members().length === 0, 'the end of the tree');
});

test('a keeper is there for as long as there is somebody to keep', async () => {
  const children = await Promise.all(
    [1, 2, 3].map(() => spawn('sleep', ['1000'], { ...quiet, deathSignal: 'SIGKILL' })),
  );
  const [keeper, ...others] = await until(() => {
    const keepers = keepersOf(process.pid);
    return keepers.length > 0 && keepers;
  });
  assert.deepEqual(others, []);
  assert.equal(stat(keeper ?? 0)?.sid, keeper, 'out of reach of our group and terminal');
  for (const child of children) await child.terminate();
  await until(() => hasEnded(keeper ?? 0), 'the end of the keeper');
});

test('a keeper that was killed is replaced', async () => {
  await using child = await spawn('sleep', ['1000'], { ...quiet, deathSignal: 'SIGKILL' });
  const first = await until(() => keepersOf(process.pid)[0]);
  process.kill(first, 'SIGKILL');
  const second = await until(() => keepersOf(process.pid).find((pid) => pid !== first));
  assert.equal(child.isAlive(), true);
  await child.terminate();
  await until(() => hasEnded(second), 'the end of the keeper');
});

test('a start that fails leaves no keeper behind', async () => {
  const options = { ...quiet, deathSignal: 'SIGKILL' } as const;
  await assert.rejects(spawn('/nonexistent', [], options), { code: 'ENOENT' });
  await until(() => childrenOf(process.pid).length === 0);
});

test('what is to live on has no keeper', async () => {
  const options = { ...quiet, deathSignal: 'SIGKILL', cleanup: false } as const;
  await using child = await spawn('sleep', ['1000'], options);
  assert.equal(child.isAlive(), true);
  assert.deepEqual(keepersOf(process.pid), []);
});

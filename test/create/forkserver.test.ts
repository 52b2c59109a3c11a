/** What a task of the fork server is, seen from outside and from inside. */
import assert from 'node:assert/strict';
import { readFileSync, realpathSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';

import { current, onFork, spawn, type TaskOptions } from 'brood';

import { byServer, served, serverPid, type Served } from '../harness/fork-server.ts';
import { inNode } from '../harness/in-node.ts';
import { descriptorsOf, stat, status, until } from '../harness/proc.ts';
import { temporaryFolder } from '../harness/temp.ts';

test('a task is a child of the program, and what is imported ahead is imported once', async (t) => {
  const by = byServer(t);
  const first = await by().module<Served, 'who'>(served, 'who');
  const second = await by().module<Served, 'who'>(served, 'who');
  const server = serverPid();
  for (const each of [first, second]) {
    assert.deepEqual(await each.result, { pid: each.pid, ppid: process.pid, importedBy: server });
    const end = await each.wait();
    assert.equal(String(end), 'exited with code 0');
    assert.ok(end.usage !== undefined && end.usage.maxRss > 0);
  }
  assert.notEqual(first.pid, second.pid);
  assert.equal(stat(server)?.ppid, process.pid);
});

test('the exit status is the kernel’s, for codes and signals', async (t) => {
  const by = byServer(t, { linger: true });
  const exits = await by()(() => void setTimeout(() => process.exit(7), 1));
  assert.equal((await exits.wait()).code, 7);
  const dies = await by()(() => void process.kill(process.pid, 'SIGUSR2'));
  assert.equal((await dies.wait()).signal, 'SIGUSR2');
  const aborts = await by({ stderr: 'ignore', limits: { coreSize: 0 } })(() => process.abort());
  assert.equal((await aborts.wait()).signal, 'SIGABRT');
  const stopped = await by()(() => void setInterval(() => {}, 1000));
  assert.equal((await stopped.terminate()).signal, 'SIGTERM');
});

test('cwd, env and umask are those of the program now, or as asked for', async (t) => {
  const by = byServer(t);
  await (
    await by().module(served, 'nothing')
  ).result;
  const folder = realpathSync(await temporaryFolder(t));
  const ask = async (options?: TaskOptions): Promise<ReturnType<Served['surroundings']>> =>
    (await by(options).module<Served, 'surroundings'>(served, 'surroundings', 'BROOD_TEST')).result;
  const before = process.cwd();
  const mask = process.umask(0o077);
  process.env['BROOD_TEST'] = 'later';
  process.chdir(folder);
  try {
    assert.deepEqual(await ask(), {
      cwd: folder,
      value: 'later',
      names: Object.keys(process.env).length,
      umask: 0o077,
    });
    const asked = await ask({ cwd: '/', env: { BROOD_TEST: 'given' }, umask: 0o027 });
    assert.deepEqual(asked, { cwd: '/', value: 'given', names: 1, umask: 0o027 });
  } finally {
    process.chdir(before);
    process.umask(mask);
    delete process.env['BROOD_TEST'];
  }
  assert.equal((await ask()).value, undefined);
});

test('it reads nothing unless it is given something, and writes where it is told', async (t) => {
  const by = byServer(t);
  const silent = await by().module<Served, 'readAll'>(served, 'readAll', 0);
  assert.equal(await silent.result, '');
  const fed = await by({ stdin: 'fed to it' }).module<Served, 'readAll'>(served, 'readAll', 0);
  assert.equal(await fed.result, 'fed to it');
  const talks = await by({ stdout: 'pipe', stderr: 'pipe' })(() => {
    // eslint-disable-next-line no-console -- that is what is tested
    console.log('by the console');
    process.stdout.write('by the stream\n');
    process.stderr.write('an error\n');
  });
  const errors = talks.lines({ from: 'stderr' });
  const lines: string[] = [];
  for await (const line of talks) lines.push(line);
  assert.deepEqual(lines, ['by the console', 'by the stream']);
  assert.equal((await errors.next()).value, 'an error');
  await talks.result;
  const file = join(await temporaryFolder(t), 'out');
  await (
    await by({ stdout: { file }, stderr: 'stdout' })(
      () => void process.stderr.write('into a file\n'),
    )
  ).wait();
  assert.equal(readFileSync(file, 'utf8'), 'into a file\n');
  const much = await by({ stdout: 'pipe' })(() => void process.stdout.write('x'.repeat(1 << 20)));
  let size = 0;
  for await (const chunk of much.stdout!) size += (chunk as Buffer).length;
  assert.equal(size, 1 << 20);
});

test('waits, waitAny and the keeper hold as for a program that was spawned', async (t) => {
  const by = byServer(t, { linger: true });
  const task = await by()(() => void setTimeout(() => process.exit(3), 20));
  // What was started before may be told first; the server and its spares are nobody's affair.
  const told: number[] = [];
  while (told.at(-1) !== task.pid) told.push((await current.waitAny()).pid);
  assert.ok(told.every((pid) => pid !== serverPid()));
  assert.equal((await task.wait()).code, 3);
  const sleeper = await spawn('sleep', ['60']);
  assert.equal(stat(sleeper.pid)?.ppid, process.pid);
  await sleeper.terminate();
});

test('its descriptors are its own: it outlives the server, and the program sees its end', async (t) => {
  const by = byServer(t, { linger: true });
  const task = await by({ stdout: 'pipe' })(() => {
    process.stdout.write('started\n');
    process.on('SIGUSR1', () => process.exit(9));
    setInterval(() => {}, 1000);
  });
  for await (const line of task) {
    assert.equal(line, 'started');
    break;
  }
  assert.equal(descriptorsOf(serverPid()).size > 60, true);
  process.kill(serverPid(), 'SIGKILL');
  process.kill(task.pid, 'SIGUSR1');
  assert.equal((await task.wait()).code, 9);
});

test('nothing random is drawn twice', async (t) => {
  const by = byServer(t);
  const drawn = new Set<unknown>();
  for (let i = 0; i < 8; i++) {
    const task = await by().module<Served, 'draw'>(served, 'draw');
    for (const each of await task.result) drawn.add(each);
  }
  assert.equal(drawn.size, 24);
});

test('hooks of onFork that a module registered run in each task, and not in the server', async (t) => {
  assert.equal(typeof onFork, 'function');
  const folder = await temporaryFolder(t);
  const module = join(folder, 'hooked.mjs');
  writeFileSync(
    module,
    `import { onFork } from ${JSON.stringify(import.meta.resolve('brood'))};
     let calls = 0;
     onFork(() => { calls++; });
     export const count = () => calls;`,
  );
  const by = byServer(t, { preload: [module] });
  for (let i = 0; i < 2; i++) assert.equal(await (await by().module(module, 'count')).result, 1);
});

test('the same without pidfds', async () => {
  const { stdout, stderr } = await inNode(
    `import { task } from 'brood';
     const t = await task.with({ method: 'forkserver' })((a, b) => [a + b, process.ppid], 1, 2);
     console.log(JSON.stringify(await t.result), process.pid, String(await t.wait()));`,
    { env: { BROOD_PIDFD: 'off' } },
  );
  const [, sum, ppid, pid] = /^\[(\d+),(\d+)\] (\d+) exited with code 0$/m.exec(stdout) ?? [];
  assert.deepEqual([sum, ppid], ['3', pid], stderr);
});

test('status of a task in /proc: no signal is blocked or ignored that a program would not', async (t) => {
  const by = byServer(t, { linger: true });
  const task = await by()(() => void setInterval(() => {}, 1000));
  t.after(() => task.terminate());
  await task.result;
  // A thread that is being started blocks them all for a moment.
  await until(() => status(task.pid)['SigBlk'] === '0000000000000000', 'an empty mask');
  await using own = await spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)']);
  await until(() => status(own.pid)['SigCgt'] !== '0000000000000000', 'Node');
  assert.equal(status(task.pid)['SigIgn'], status(own.pid)['SigIgn']);
});

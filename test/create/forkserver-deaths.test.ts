/** Deaths: of the server, of its spares, of tasks at each step, and of the program. */
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { TaskError } from 'brood';

import { withFork } from '../harness/fork-code.ts';
import { byServer, served, serverPid, sparePids, type Served } from '../harness/fork-server.ts';
import { inNode, startInNode } from '../harness/in-node.ts';
import { childrenOf, hasEnded, isGone, until } from '../harness/proc.ts';
import { rejection } from '../harness/task-methods.ts';

test('a server that was killed is replaced, and nobody hears of it', async (t) => {
  const by = byServer(t);
  const ask = async (): Promise<number> =>
    (await (await by().module<Served, 'who'>(served, 'who')).result).importedBy;
  const first = await ask();
  process.kill(serverPid(), 'SIGKILL');
  // Its spares are none the worse; then a new one is started.
  const importers = [await ask(), await ask(), await ask(), await ask()];
  assert.notEqual(importers.at(-1), first);
  await until(() => isGone(first), 'the reaping of the server');
});

test('starts that wait for a server when it is killed get what they wait for', async (t) => {
  const by = byServer(t, { spares: 0 });
  await (
    await by().module(served, 'nothing')
  ).result;
  for (let round = 0; round < 3; round++) {
    const server = serverPid();
    const starts = Array.from({ length: 10 }, () => by().module<Served, 'who'>(served, 'who'));
    process.kill(server, 'SIGKILL');
    const pids = new Set<number>();
    for (const start of starts) {
      const task = await start;
      assert.equal((await task.result).ppid, process.pid);
      assert.equal((await task.wait()).code, 0);
      pids.add(task.pid);
    }
    assert.equal(pids.size, 10);
  }
  await until(() => childrenOf(process.pid).length === 1, 'the reaping of all but the server');
});

test('a spare that was killed, or dies while it is set up, is nobody’s task', async (t) => {
  const by = byServer(t, { spares: 2 });
  await (
    await by().module(served, 'nothing')
  ).result;
  const spares = await until(() => sparePids().length === 2 && sparePids(), 'two spares');
  process.kill(spares[0]!, 'SIGKILL');
  const task = await by().module<Served, 'who'>(served, 'who');
  assert.equal((await task.result).pid, task.pid);
  assert.notEqual(task.pid, spares[0]);
  // Those that are there now hear what they are to be, and die of it.
  const others = await until(() => sparePids().length >= 2 && sparePids(), 'spares');
  for (const pid of others) process.kill(pid, 'SIGSTOP');
  const start = by().module<Served, 'who'>(served, 'who');
  for (const pid of others) process.kill(pid, 'SIGKILL');
  const started = await start;
  assert.ok(!others.includes(started.pid));
  assert.equal((await started.result).pid, started.pid);
  for (const pid of others) await until(() => isGone(pid), 'the reaping of a spare');
});

test('what it is given may kill it: that is told, not tried for ever', async (t) => {
  const by = byServer(t);
  await (
    await by().module(served, 'nothing')
  ).result;
  // No processor time at all: the kernel kills it as soon as it looks.
  const computes = by({ limits: { cpuTime: { soft: 1, hard: 1 } } }).module(served, 'compute');
  const error = await rejection((await computes).result);
  assert.ok(error instanceof TaskError);
  assert.match(error.message, /killed by SIG(KILL|XCPU)/);
});

test('a task that is killed rejects with its status, and the server serves on', async (t) => {
  const by = byServer(t);
  const busy = await by().module<Served, 'compute'>(served, 'compute');
  const server = serverPid();
  const failure = rejection(busy.result);
  process.kill(busy.pid, 'SIGKILL');
  const error = await failure;
  assert.ok(error instanceof TaskError);
  assert.equal(error.status?.signal, 'SIGKILL');
  await (
    await by().module(served, 'nothing')
  ).result;
  assert.equal(serverPid(), server);
});

const program = `
  import { task } from 'brood';
  const by = task.with({ method: 'forkserver', spares: 2 });
  const busy = await by(() => { for (;;); });
  const waits = await by(() => new Promise(() => setInterval(() => {}, 1000)));
`;

test('nothing is left when the program is killed: no server, no spare, no task', async () => {
  const started = startInNode(`${program} console.log('ready'); setInterval(() => {}, 1000);`);
  await until(() => started.stdout().includes('ready'), `it: ${started.stderr()}`);
  const pids = await until(() => {
    // The server, two tasks, two spares, and the keeper.
    const all = childrenOf(started.pid);
    return all.length >= 6 && all;
  }, 'its processes');
  started.child.kill('SIGKILL');
  await started.result;
  for (const pid of pids) await until(() => hasEnded(pid), `the end of ${pid}`);
});

test('nothing is left when the program is killed while the server is being started', async () => {
  const started = startInNode(
    `import { task } from 'brood';
     const slow = 'data:text/javascript,console.log("loading"); for (;;);';
     task.with({ method: 'forkserver', preload: [new URL(slow)] }).prepare();`,
  );
  await until(() => started.stdout().includes('loading'), `it: ${started.stderr()}`);
  const pids = childrenOf(started.pid);
  assert.equal(pids.length, 1);
  started.child.kill('SIGKILL');
  await started.result;
  for (const pid of pids) await until(() => hasEnded(pid), `the end of ${pid}`);
});

test('neither server nor spares keep the program, and they end with it', async () => {
  const { code, stdout, stderr } = await inNode(
    `import { current, task } from 'brood';
     const by = task.with({ method: 'forkserver' });
     await by.prepare();
     const t = await by(() => 1);
     console.log(await t.result);
     process.on('exit', () => {
       console.log('pids', current.children().map(({ pid }) => pid).join(' '));
     });`,
  );
  assert.equal(code, 0, stderr);
  const pids = /^pids (.*)$/m.exec(stdout)![1]!.split(' ').map(Number);
  assert.ok(pids.length > 1);
  for (const pid of pids) await until(() => hasEnded(pid), `the end of ${pid}`);
});

test('an idle server ends; with the next task there is another', async (t) => {
  const by = byServer(t, { idleTimeout: 50 });
  const ask = async (): Promise<number> =>
    (await (await by().module<Served, 'who'>(served, 'who')).result).importedBy;
  const first = await ask();
  await until(() => childrenOf(process.pid).length === 0, 'the end of the server and its spares');
  assert.notEqual(await ask(), first);
  assert.ok(isGone(first));
});

test('close() ends server and spares; tasks that run go on', async (t) => {
  const by = byServer(t);
  const prepared = await by().prepare();
  const task = await by({ linger: true })(() => void setInterval(() => {}, 1000));
  t.after(() => task.terminate());
  await prepared.close();
  assert.deepEqual(
    childrenOf(process.pid).filter((pid) => pid !== task.pid && !isKeeper(pid)),
    [],
  );
  assert.equal(task.isAlive(), true);
  await (
    await by().module(served, 'nothing')
  ).result;
});

function isKeeper(pid: number): boolean {
  return process
    .getBuiltinModule('node:fs')
    .readFileSync(`/proc/${pid}/cmdline`, 'utf8')
    .startsWith('brood-keeper');
}

test('a forked child of the program has servers of its own, and does not keep its parent’s', async () => {
  const { told, stderr } = await withFork(`
    const { task } = await import('brood');
    const by = task.with({ method: 'forkserver', spares: 1 });
    const importer = async () => (await by(() => process.ppid)).result;
    tell((await importer()) === process.pid);
    const servers = current.children().map(({ pid }) => pid);
    const parent = process.pid;
    const child = fork();
    if (child.isCurrent) {
      watchdog();
      await until(() => process.ppid !== parent);
      const gone = (pid) => {
        try { return / Z /.test(readFileSync('/proc/' + pid + '/stat', 'latin1')); } catch { return true; }
      };
      await until(() => servers.every(gone));
      tell('gone');
      tell((await importer()) === process.pid);
      process.exit(0);
    } else {
      process.kill(process.pid, 'SIGKILL');
    }
  `);
  assert.deepEqual(told, [true, 'gone', true], stderr);
});

test('a worker thread is told that it has no fork server', async () => {
  const { stdout, stderr } = await inNode(
    `import { Worker } from 'node:worker_threads';
     const code = \`import(\${JSON.stringify(import.meta.resolve('brood'))}).then(({ task }) =>
       task.with({ method: 'forkserver' })(() => 1)).catch((e) => console.log(e.name, e.message));\`;
     new Worker(code, { eval: true });`,
  );
  assert.match(stdout, /^UnsupportedError a worker thread cannot have the fork server/, stderr);
});

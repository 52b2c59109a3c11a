/** Lists of processes, finds and trees. */
import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { openSync, closeSync, readdirSync, writeFileSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { join } from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { test, type TestContext } from 'node:test';

import { attach, current, NoSuchProcessError, spawn as broodSpawn } from 'brood';
import { type Criteria, find, inspect, processes, tree, type TreeNode } from 'brood/inspect';

import { stat, until } from '../harness/proc.ts';
import { requireProgram } from '../harness/programs.ts';
import { temporaryFolder } from '../harness/temp.ts';
import { killAll } from '../harness/tree.ts';

test('lists every process once, by its pid, with the common fields', async () => {
  const before = pidsOf();
  const list = await processes();
  const after = pidsOf();
  const pids = list.map(({ pid }) => pid);
  assert.deepEqual(
    pids,
    [...new Set(pids)].toSorted((a, b) => a - b),
  );
  for (const pid of before) if (after.has(pid)) assert.ok(pids.includes(pid), String(pid));
  const me = list.find(({ pid }) => pid === process.pid);
  assert.deepEqual(
    [me?.ppid, me?.uid, me?.startTicks],
    [process.ppid, process.geteuid?.(), stat(process.pid)?.startTime],
  );
  assert.equal(me?.argv[0 as never], process.argv0);
});

function pidsOf(): Set<number> {
  return new Set(
    readdirSync('/proc')
      .filter((name) => /^\d+$/.test(name))
      .map(Number),
  );
}

test('reads the fields that are named, and keeps what the filter keeps', async () => {
  const [me, ...others] = await processes({
    fields: ['name', 'memory', 'descriptors'],
    filter: ({ pid }) => pid === process.pid,
  });
  assert.deepEqual(others, []);
  assert.deepEqual(Object.keys(me ?? {}).toSorted(), ['descriptors', 'memory', 'name', 'pid']);
});

test('the same as one by one', async (t) => {
  const child = await sleeper(t);
  const fields = ['argv', 'exe', 'cwd', 'credentials', 'cgroup', 'startTicks', 'limits'] as const;
  const one = await inspect(child, fields);
  const [listed] = await processes({ fields, filter: ({ pid }) => pid === child });
  assert.deepEqual(listed, one);
});

async function sleeper(t: TestContext, seconds = '60'): Promise<number> {
  const child = spawn('sleep', [seconds], { stdio: 'ignore' });
  await once(child, 'spawn');
  t.after(async () => {
    const end = once(child, 'exit');
    child.kill('SIGKILL');
    await end;
  });
  await until(() => stat(child.pid as number)?.comm === 'sleep');
  return child.pid as number;
}

test('finds by name, arguments, program, user and parent', async (t) => {
  const pid = await sleeper(t, '61.25');
  const uid = process.geteuid?.() as number;
  const { exe, user } = await inspect(pid, ['exe', 'user']);
  const all: Criteria[] = [
    { name: 'sleep', parent: process.pid },
    { name: /^sle+p$/g, parent: process.pid },
    { commandLine: 'sleep 61.25' },
    { commandLine: /^sleep 61\.25$/ },
    { exe: exe as string, parent: process.pid },
    { user: uid, commandLine: 'sleep 61.25' },
    { user, parent: process.pid },
  ];
  for (const criteria of all) {
    const found = await find(criteria, ['ppid']);
    assert.ok(
      found.some((each) => each.pid === pid),
      JSON.stringify(criteria),
    );
    assert.deepEqual(
      found.filter((each) => each.pid === pid),
      [{ pid, ppid: process.pid }],
    );
  }
  assert.deepEqual(await find({ commandLine: 'sleep 61.25', user: uid + 1 }), []);
});

test('finds who has a port or a file', async (t) => {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.after(() => new Promise((resolve) => server.close(resolve)));
  const { port } = server.address() as AddressInfo;
  assert.deepEqual(await find({ port }, ['pid']), [{ pid: process.pid }]);

  const file = join(await temporaryFolder(t), 'a file');
  writeFileSync(file, 'x');
  assert.deepEqual(await find({ file }, ['pid']), []);
  const fd = openSync(file, 'r');
  assert.deepEqual(await find({ file }, ['pid']), [{ pid: process.pid }]);
  closeSync(fd);
  const running = await find({ file: process.execPath }, ['pid']);
  assert.ok(running.some(({ pid }) => pid === process.pid));
});

test('a tree has the descendants, the ancestors and the init', async (t) => {
  const child = spawn('sh', ['-c', 'sleep 60 & (sleep 60 & wait) & wait'], { stdio: 'ignore' });
  await once(child, 'spawn');
  const root = child.pid as number;
  const sizeOf = (node: TreeNode<'name'>): number =>
    1 + node.children.reduce((sum, each) => sum + sizeOf(each), 0);
  const whole = await until(async () => {
    const found = await tree(root, ['name']);
    return sizeOf(found) === 4 && found.children.some(({ name }) => name === 'sleep') && found;
  });
  t.after(async () => {
    const end = once(child, 'exit');
    killAll(pidsIn(whole));
    await end;
  });
  assert.deepEqual(
    whole.children.map(({ children }) => children.length).toSorted((a, b) => a - b),
    [0, 1],
  );
  const pids = whole.ancestors.map(({ pid }) => pid);
  assert.deepEqual(pids.slice(0, 2), [process.pid, process.ppid]);
  const first = stat(1);
  if (first !== undefined) assert.equal(whole.init?.name, first.comm);
  assert.deepEqual(
    attach(root)
      .children()
      .map(({ pid }) => pid)
      .toSorted((a, b) => a - b),
    whole.children.map(({ pid }) => pid).toSorted((a, b) => a - b),
  );
});

function pidsIn(node: TreeNode<'name'>): number[] {
  return [...node.children.flatMap(pidsIn), node.pid];
}

test('threads of the kernel are marked as such', async (t) => {
  const kernel = stat(2);
  if (kernel?.comm !== 'kthreadd') return t.skip('not to be seen here');
  const { kernelThread, children } = await tree(2);
  assert.ok(kernelThread && children.length > 0 && children.every((each) => each.kernelThread));
  const { exe, argv } = await inspect(2, ['exe', 'argv']);
  assert.match(JSON.stringify([exe, argv]), /unsupported.*unsupported/);
});

test('in a pid namespace the first process is this program', async (t) => {
  if (!requireProgram(t, 'unshare')) return;
  const code = `import { tree } from 'brood/inspect'; console.log((await tree()).init.kind);`;
  const asRoot = process.geteuid?.() === 0 ? [] : ['--user', '--map-root-user'];
  try {
    const said = execFileSync(
      'unshare',
      [
        ...asRoot,
        '--pid',
        '--fork',
        '--mount-proc',
        process.execPath,
        '--input-type=module',
        '-e',
        code,
      ],
      { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] },
    );
    assert.equal(said.trim(), 'this program');
  } catch (error) {
    const { stderr } = error as { stderr?: string };
    if (stderr?.includes('not permitted') !== true) throw error;
    t.skip('no namespaces for this user');
  }
});

test('a handle inspects its own process', async () => {
  await using child = await broodSpawn('sleep', ['60']);
  const { ppid, name } = await child.inspect(['ppid', 'name']);
  assert.deepEqual([ppid, name], [process.pid, 'sleep']);
  assert.equal((await current.inspect(['pid'])).pid, process.pid);
  await child.terminate();
  await assert.rejects(child.inspect(['name']), NoSuchProcessError);
});

test('what makes no sense is refused', async () => {
  const wrong: readonly (readonly [() => Promise<unknown>, string])[] = [
    [() => processes(null as never), 'ERR_INVALID_ARG_TYPE'],
    [() => processes({ fields: ['nome' as 'name'] }), 'ERR_INVALID_ARG_VALUE'],
    [() => processes({ filter: 5 as never }), 'ERR_INVALID_ARG_TYPE'],
    [() => find({ nome: 'x' } as Criteria), 'ERR_INVALID_ARG_VALUE'],
    [() => find({ port: 0 }), 'ERR_OUT_OF_RANGE'],
    [() => find({ name: 5 as never }), 'ERR_INVALID_ARG_TYPE'],
    [() => tree('1' as never), 'ERR_INVALID_ARG_TYPE'],
  ];
  for (const [call, code] of wrong) await assert.rejects(call, { code }, String(call));
  await assert.rejects(tree(4_194_304), NoSuchProcessError);
});

test('the event loop goes on while a list is read', async () => {
  const delay = monitorEventLoopDelay({ resolution: 1 });
  delay.enable();
  let turns = 0;
  const turn = setInterval(() => (turns += 1), 0);
  await processes({ fields: ['memory'] });
  clearInterval(turn);
  delay.disable();
  assert.ok(turns > 0);
});

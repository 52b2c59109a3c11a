import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { test } from 'node:test';

import { attach, spawn } from 'brood';

import { otherUser, isRoot } from '../harness/as-user.ts';
import { brood, broodJson } from '../harness/brood-command.ts';
import { until } from '../harness/proc.ts';
import { sleeper } from '../harness/sleeper.ts';

interface Info {
  readonly pid: number;
  readonly ppid: number;
  readonly name: string;
  readonly [field: string]: unknown;
}

const quiet = { stdin: 'ignore', stdout: 'ignore', stderr: 'ignore' } as const;

const lines = (text: string): string[] => text.split('\n').filter(Boolean);

test('ps lists what /proc has', async () => {
  const before = pidsInProc();
  const all = await broodJson<Info[]>(['ps', '--json']);
  const after = new Set(pidsInProc());
  const listed = new Set(all.map(({ pid }) => pid));
  for (const pid of before) if (after.has(pid)) assert.ok(listed.has(pid), String(pid));
  const me = all.find(({ pid }) => pid === process.pid);
  const argv = readFileSync('/proc/self/cmdline', 'utf8').split('\0').slice(0, -1);
  assert.deepEqual([me?.ppid, me?.['argv']], [process.ppid, argv]);
  const table = lines((await brood(['ps'])).stdout);
  assert.match(table[0] as string, /^ +PID +PPID +USER +S +RSS +TIME +START +COMMAND$/);
  assert.ok(table.some((line) => new RegExp(`^ *${process.pid} `).test(line)));
});

function pidsInProc(): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number);
}

test('ps chooses, orders and shows what was asked for', async (t) => {
  const pids = [await sleeper(t, 'duck-one'), await sleeper(t, 'duck-two')].toSorted(
    (a, b) => a - b,
  );
  const where = 'name ~ ^duck- and nice = 0';
  const byName = await brood(['ps', '-w', where, '-o', 'name,pid', '-s', '-name', '--no-header']);
  assert.deepEqual(
    lines(byName.stdout).map((line) => line.split(' ')[0]),
    ['duck-two', 'duck-one'],
  );
  const asked = await brood(['ps', '-q', '-w', where]);
  assert.deepEqual(lines(asked.stdout).map(Number), pids);
  const rows = lines((await brood(['ps', '--jsonl', '-w', where, '-o', 'pid,memory.pss'])).stdout);
  for (const row of rows) {
    const found = JSON.parse(row) as Record<string, unknown>;
    assert.deepEqual(Object.keys(found), ['pid', 'memory.pss']);
    assert.ok((found['memory.pss'] as number) > 0);
  }
  const none = await brood(['ps', '--no-kernel', '-o', 'kernelThread', '--no-header']);
  assert.deepEqual([...new Set(lines(none.stdout))], ['no']);
});

test('ps measures who uses the processor', async (t) => {
  const busy = await spawn('sh', ['-c', 'while :; do :; done'], quiet);
  t.after(() => busy.kill());
  const where = `pid = ${busy.pid}`;
  const [row] = await broodJson<Info[]>([
    'ps',
    '--json',
    '-i',
    '300',
    '-o',
    'pid,cpu',
    '-w',
    where,
  ]);
  assert.ok((row?.['cpu'] as number) > 1, JSON.stringify(row));
});

test('names of any kind are shown on one line, and kept whole in JSON', async (t) => {
  const pid = await sleeper(t, 'x) R 1\u001b[31m');
  const asked = ['ps', '-w', `pid = ${pid}`, '-o', 'pid,name'];
  const { stdout } = await brood([...asked, '--no-header'], { env: { FORCE_COLOR: undefined } });
  assert.equal(stdout, `${pid}  x) R 1\\x1b[31m\n`);
  const [row] = await broodJson<Info[]>([...asked, '--json']);
  assert.equal(row?.name, 'x) R 1\u001b[31m');
});

test('tree shows children below their parents, and ancestors above', async (t) => {
  const shell = await spawn('sh', ['-c', 'sleep 61 & sleep 62 & wait'], quiet);
  t.after(() => shell.terminate({ tree: true }));
  await until(() => shell.children().length === 2, 'two children');
  await until(async () => /sleep 62/.test((await brood(['tree', `${shell.pid}`])).stdout), 'exec');
  const { stdout } = await brood(['tree', '-o', 'pid', '--no-header', String(shell.pid)]);
  const [root = '', ...below] = lines(stdout);
  assert.equal(root.trim(), `${shell.pid}  sh -c sleep 61 & sleep 62 & wait`);
  assert.deepEqual(
    below.map((line) => line.replace(/^ *\d+ {2}/, '')).toSorted(),
    ['└─ sleep 62', '├─ sleep 61'].toSorted(),
  );
  const above = await brood(['tree', '--ancestors', '--jsonl', String(shell.pid)]);
  const path = lines(above.stdout).map((line) => JSON.parse(line) as Info & { depth: number });
  assert.equal(
    path.find(({ pid }) => pid === process.pid)?.depth,
    path.findIndex(({ pid }) => pid === process.pid),
  );
  assert.equal(path[0]?.pid, 1);
  const nested = await broodJson<{ children: Info[]; init: { name: string } }>([
    'tree',
    '--json',
    String(shell.pid),
  ]);
  assert.equal(nested.children.length, 2);
  assert.equal(typeof nested.init.name, 'string');
});

test('info shows the anatomy of a process', async (t) => {
  const pid = await sleeper(t, 'egg-info');
  const { code, stdout } = await brood(['info', String(pid)]);
  assert.equal(code, 0);
  for (const section of [
    'PROCESS',
    'CREDENTIALS',
    'MEMORY',
    'DESCRIPTORS',
    'LIMITS',
    'ENVIRONMENT',
  ])
    assert.match(stdout, new RegExp(`^${section}$`, 'm'));
  assert.match(stdout, new RegExp(`^ {2}pid +${pid}$`, 'm'));
  assert.match(stdout, /^ +0 +characterDevice +\w+ +0 +\/dev\/null$/m);
  const some = await broodJson<Info>(['info', '--json', '-o', 'name,memory.pss', String(pid)]);
  assert.deepEqual(Object.keys(some), ['name', 'memory.pss']);
  const many = await broodJson<Info[]>(['info', '--json', String(pid), String(process.pid)]);
  assert.deepEqual(
    many.map((each) => each.pid),
    [pid, process.pid],
  );
  const { inode } = attach(pid);
  if (inode !== undefined) {
    assert.equal((await broodJson<Info>(['info', '--json', `${pid}:${inode}`])).pid, pid);
    const other = await brood(['info', `${pid}:${inode + 1n}`]);
    assert.deepEqual([other.code, other.stdout], [1, '']);
  }
  const none = await brood(['info', '4194304']);
  assert.deepEqual([none.code, none.stdout], [1, '']);
  assert.equal(none.stderr, 'brood: no process has the pid 4194304\n');
});

test('info says who holds the other end of a pipe', async (t) => {
  const child = await spawn('sleep', ['60'], { ...quiet, stdout: 'pipe' });
  t.after(async () => {
    await child.terminate();
    child.stdout?.destroy();
  });
  const { stdout } = await brood(['info', '-o', 'descriptors', String(child.pid)]);
  assert.match(stdout, new RegExp(`^ +1 +pipe +write +.* → ${process.pid}/\\d+$`, 'm'));
});

test('what another user may not see is denied, not made up', { skip: !isRoot }, async (t) => {
  const pid = await sleeper(t, 'egg-closed');
  const { stdout } = await brood(['info', '--json', '-o', 'exe', String(pid)]);
  assert.match((JSON.parse(stdout) as { exe: string }).exe, /sleep|coreutils|busybox/);
  const wrap = [
    'setpriv',
    `--reuid=${otherUser.uid}`,
    `--regid=${otherUser.gid}`,
    '--clear-groups',
  ];
  const closed = await brood(['ps', '-o', 'exe,environment', '-w', `pid = ${pid}`, '--no-header'], {
    wrap,
  });
  // A checkout that others cannot reach tells nothing here.
  if (closed.code === 0) assert.match(closed.stdout, /^denied +denied$/m);
});

/** Processes that try to be misread. */
import assert from 'node:assert/strict';
import { type ChildProcess, spawn, type SpawnOptions } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, copyFileSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';

import { bytesOf, inspect, isMissing, known } from 'brood/inspect';

import { isRoot, otherUser } from '../harness/as-user.ts';
import { startInNode } from '../harness/in-node.ts';
import { childrenOf, stat, until } from '../harness/proc.ts';
import { requireProgram } from '../harness/programs.ts';
import { temporaryFolder } from '../harness/temp.ts';

/** Starts a program, and ends it after the test. */
async function start(
  t: TestContext,
  command: readonly [string, ...string[]],
  options: SpawnOptions = {},
): Promise<ChildProcess & { pid: number }> {
  const [program, ...args] = command;
  const child = spawn(program, args, { stdio: ['pipe', 'pipe', 'inherit'], ...options });
  await once(child, 'spawn');
  t.after(async () => {
    const closed = once(child, 'close');
    child.kill('SIGKILL');
    await closed;
  });
  return child as ChildProcess & { pid: number };
}

test('names with brackets, line feeds and bytes that are no UTF-8', async (t) => {
  const folder = await temporaryFolder(t);
  const names = [') R 1 (', 'a\\nb) Z 2', '\\377\\303(', 'x)\\n\\tUid:'];
  for (const name of names) {
    // printf takes the escapes, so any byte can be had; the shell becomes the program.
    const script = `p="$0/$(printf '${name}')"; cp /bin/sleep "$p" && exec "$p" 60`;
    const child = await start(t, ['sh', '-c', script, folder]);
    const bytes = Buffer.from(
      name
        .replaceAll(/\\(\d{3})/g, (_, octal: string) =>
          String.fromCharCode(Number.parseInt(octal, 8)),
        )
        .replaceAll('\\n', '\n')
        .replaceAll('\\t', '\t'),
      'latin1',
    ).subarray(0, 15);
    await until(() => stat(child.pid)?.comm === bytes.toString('latin1'), `the name ${name}`);
    const info = await inspect(child.pid);
    assert.deepEqual(Buffer.from(bytesOf(info.name)), bytes);
    assert.deepEqual([info.ppid, info.state, info.kernelThread], [process.pid, 'S', false]);
    assert.ok(Buffer.from(bytesOf(known(info.exe) ?? '')).includes(bytes));
    const { credentials } = info;
    assert.ok(!isMissing(credentials) && credentials.uid.real === process.getuid?.());
    // In JSON, too, the bytes are not lost.
    const copy = JSON.parse(JSON.stringify(info)) as { name: string };
    assert.deepEqual(Buffer.from(bytesOf(copy.name)), bytes);
  }
});

test('arguments that are empty, long, of any byte, or none at all', async (t) => {
  const long = 'x'.repeat(131_071);
  const empty = await start(t, ['sh', '-c', 'read line', '', '', 'a b', '']);
  assert.deepEqual((await inspect(empty.pid, ['argv'])).argv, [
    'sh',
    '-c',
    'read line',
    '',
    '',
    'a b',
    '',
  ]);
  const big = await start(t, ['sh', '-c', 'read line', long]);
  assert.equal(known((await inspect(big.pid, ['argv'])).argv)?.[3], long);
  const odd = await start(t, ['sh', '-c', `exec sh -c 'read line' "$(printf '\\377a\\n')"`]);
  const last = await until(async () => known((await inspect(odd.pid, ['argv'])).argv)?.[3]);
  assert.deepEqual([...bytesOf(last)], [0xff, 0x61]);
  if (!requireProgram(t, 'python3')) return;
  const code = `import ctypes; ctypes.CDLL(None).execve(b'/bin/sleep', None, None)`;
  // sleep without arguments says how it is used, and ends: stopped before that.
  const none = await start(t, ['python3', '-c', code], { stdio: 'ignore' });
  const { argv, commandLine } = await inspect(none.pid, ['argv', 'commandLine']).catch(() => ({
    argv: [],
    commandLine: '[]',
  }));
  assert.ok(Array.isArray(argv) || isMissing(argv));
  assert.ok(commandLine.length > 0);
});

test('arguments that a program has written over', async (t) => {
  const { child, result, stdout } = startInNode(
    `process.title = 'another title'; console.log('ready'); setInterval(() => {}, 1000);`,
  );
  t.after(async () => {
    child.kill('SIGKILL');
    await result;
  });
  await until(() => stdout().includes('ready'));
  const info = await inspect(child.pid as number, ['argv', 'commandLine', 'name']);
  const there = readFileSync(`/proc/${child.pid}/cmdline`, 'utf8').split('\0');
  assert.equal(known(info.argv)?.[0], there[0]);
  assert.equal(there[0], 'another title');
  assert.match(info.commandLine, /^another title/);
});

test('a program and a folder that were deleted, and a file that only seems to be', async (t) => {
  const folder = await temporaryFolder(t);
  const here = join(folder, 'here');
  mkdirSync(here);
  copyFileSync('/bin/sleep', join(here, 'nap'));
  const child = await start(t, [join(here, 'nap'), '60'], { cwd: here });
  assert.deepEqual((await inspect(child.pid, ['deleted'])).deleted, []);
  rmSync(here, { recursive: true });
  const info = await inspect(child.pid, ['exe', 'cwd', 'deleted']);
  assert.deepEqual(info, {
    pid: child.pid,
    exe: join(here, 'nap'),
    cwd: here,
    deleted: ['exe', 'cwd'],
  });

  const odd = join(folder, 'nap (deleted)');
  copyFileSync('/bin/sleep', odd);
  const other = await start(t, [odd, '60']);
  assert.deepEqual(await inspect(other.pid, ['exe', 'deleted']), {
    pid: other.pid,
    exe: odd,
    deleted: [],
  });
});

test('a zombie says of what it has lost that it is gone', async (t) => {
  // The shell becomes a program that does not wait for what the shell had started.
  const parent = await start(t, ['sh', '-c', 'true & exec sleep 60']);
  const pid = await until(() => childrenOf(parent.pid).find((each) => stat(each)?.state === 'Z'));
  const info = await inspect(pid);
  assert.deepEqual(
    [info.state, info.stateWord, info.ppid, info.rss],
    ['Z', 'zombie', parent.pid, 0],
  );
  for (const name of [
    'argv',
    'exe',
    'environment',
    'cwd',
    'pss',
    'umask',
    'descriptors',
  ] as const) {
    assert.ok(
      isMissing(info[name]) && 'gone' in info[name],
      `${name}: ${JSON.stringify(info[name])}`,
    );
  }
  assert.ok(isMissing(info.memory.rss) && isMissing(info.memory.regions));
  assert.match(info.commandLine, /^\[.+\]$/);
});

test('thousands of descriptors', async (t) => {
  const { child, result, stdout } = startInNode(
    `import { openSync } from 'node:fs';
    for (let i = 0; i < 3000; i++) openSync('/dev/null', i % 2 ? 'r' : 'w');
    console.log('ready');
    setInterval(() => {}, 1000);`,
  );
  t.after(async () => {
    child.kill('SIGKILL');
    await result;
  });
  await until(() => stdout().includes('ready'));
  const { descriptors } = await inspect(child.pid as number, ['descriptors']);
  assert.ok(!isMissing(descriptors));
  const nulls = descriptors.filter(({ target }) => target === '/dev/null');
  assert.ok(nulls.length >= 3000, String(nulls.length));
  assert.ok(
    nulls.some(({ access }) => access === 'read') && nulls.some(({ access }) => access === 'write'),
  );
});

test(
  'a program with more rights than who started it',
  { skip: !isRoot && 'not root' },
  async (t) => {
    const folder = await temporaryFolder(t);
    const program = join(folder, 'nap');
    copyFileSync('/bin/sleep', program);
    chmodSync(program, 0o4755);
    const child = await start(t, [program, '60'], { ...otherUser, stdio: 'ignore' });
    const info = await inspect(child.pid, ['credentials', 'uid', 'user']);
    assert.ok(!isMissing(info.credentials));
    if (info.credentials.uid.effective !== 0) return t.skip('mounted without setuid');
    assert.deepEqual(info.credentials.uid, {
      real: otherUser.uid,
      effective: 0,
      saved: 0,
      filesystem: 0,
    });
    assert.deepEqual([info.uid, info.user], [0, 'root']);
  },
);

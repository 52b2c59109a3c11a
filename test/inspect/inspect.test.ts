/** What inspect() tells, seen against what was done to a process, and against /proc. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { test, type TestContext } from 'node:test';

import { NoSuchProcessError } from 'brood';
import { type Known, inspect, isMissing, known, type ProcessField } from 'brood/inspect';

import { isRoot, otherUser } from '../harness/as-user.ts';
import { startInNode } from '../harness/in-node.ts';
import { portable } from '../harness/portable-node.ts';
import { stat, status, until } from '../harness/proc.ts';
import { requireProgram } from '../harness/programs.ts';
import { tellingNode } from '../harness/telling-node.ts';

function sure<T>(value: Known<T>): T {
  assert.ok(!isMissing(value), JSON.stringify(value));
  return value;
}

/** A program that sleeps; ended and reaped after the test. */
async function sleeper(t: TestContext, options: Parameters<typeof spawn>[2] = {}): Promise<number> {
  const child = spawn('sleep', ['60'], { stdio: 'ignore', ...options });
  await once(child, 'spawn');
  t.after(async () => {
    const end = once(child, 'exit');
    child.kill('SIGKILL');
    await end;
  });
  return child.pid as number;
}

test('tells who a process is', async (t) => {
  const before = Date.now();
  const pid = await sleeper(t, { cwd: '/', env: { A: '1', B: 'x=y', PATH: process.env['PATH'] } });
  await until(() => stat(pid)?.comm === 'sleep');
  const info = await inspect(pid);
  assert.deepEqual(
    [info.pid, info.ppid, info.name, info.commandLine, info.cwd, info.root],
    [pid, process.pid, 'sleep', 'sleep 60', '/', '/'],
  );
  assert.deepEqual(sure(info.argv), ['sleep', '60']);
  assert.deepEqual(sure(info.environment), { A: '1', B: 'x=y', PATH: process.env['PATH'] });
  assert.match(sure(info.exe), /\/(sleep|coreutils|busybox)$/);
  assert.ok(Math.abs(info.startTime - before) < 10_000, String(info.startTime - before));
  assert.equal(info.startTicks, stat(pid)?.startTime);
  assert.equal(sure(info.umask), Number.parseInt(status(pid)['Umask'] ?? '', 8));
  assert.deepEqual([info.kernelThread, info.uid], [false, process.geteuid?.()]);
  const { signals, limits, threads, namespaces } = info;
  assert.deepEqual(sure(signals).caught, []);
  assert.match(String(sure(limits).openFiles.soft), /^(\d+|Infinity)$/);
  assert.deepEqual(
    sure(threads).map(({ tid }) => tid),
    [pid],
  );
  assert.equal(sure(namespaces.pids)[0], pid);
});

test('reads only what the asked fields need', async (t) => {
  if (!requireProgram(t, 'strace')) return;
  const { stderr, told } = await tellingNode(
    `import { inspect } from 'brood/inspect'; tell(await inspect(process.pid, ['rss']));`,
    { wrap: ['strace', '-f', '-e', 'trace=openat,readlinkat'] },
  );
  if (told.length === 0) return t.skip('strace may not trace here');
  assert.deepEqual(Object.keys(told[0] as object).toSorted(), ['pid', 'rss']);
  // Node itself opens by whole paths; what is relative to a folder is below /proc.
  const opened = [...stderr.matchAll(/(?:openat|readlinkat)\(\d+, "([^"]+)"/g)].map((m) => m[1]);
  const pid = String((told[0] as { pid: number }).pid);
  assert.deepEqual(opened, [pid, 'stat', 'status', 'stat']);
});

test('tells how long a stopped process has been so', async (t) => {
  const pid = await sleeper(t);
  process.kill(pid, 'SIGSTOP');
  await until(() => stat(pid)?.state === 'T');
  const from = performance.now();
  const first = await inspect(pid, ['state', 'stateWord', 'stateTime']);
  assert.deepEqual([first.state, first.stateWord], ['T', 'stopped']);
  if (isMissing(first.stateTime)) return t.skip(first.stateTime.reason);
  // Something else has to be awaited than the time itself: another program's.
  await once(spawn('sleep', ['0.5']), 'exit');
  const { stateTime } = await inspect(pid, ['stateTime']);
  const passed = performance.now() - from;
  const grown = sure(stateTime) - sure(first.stateTime);
  assert.ok(grown > 300 && grown < passed + 300, `${grown} of ${passed} ms`);
});

test('names the signals that are blocked, ignored, caught and pending', async (t) => {
  const { child, result, stdout } = startInNode(
    `import { signals } from 'brood';
    signals.block(['SIGUSR2', 'SIGRTMIN+3']);
    signals.ignore('SIGHUP');
    process.on('SIGWINCH', () => {});
    process.on('message', () => {});
    console.log('ready');
    setInterval(() => {}, 1000);`,
  );
  t.after(async () => {
    child.kill('SIGKILL');
    await result;
  });
  await until(() => stdout().includes('ready'));
  process.kill(child.pid as number, 'SIGUSR2');
  const { signals } = await inspect(child.pid as number, ['signals']);
  const sets = sure(signals);
  assert.deepEqual(sets.pending, ['SIGUSR2']);
  assert.ok(sets.blocked.includes('SIGUSR2') && sets.blocked.includes('SIGRTMIN+3'));
  assert.ok(sets.ignored.includes('SIGHUP') && sets.caught.includes('SIGWINCH'));
});

test(
  'denies what another user may not read, and tells what all may',
  { skip: !isRoot && 'not root' },
  async () => {
    const { told, stderr } = await tellingNode(
      `import { inspect } from 'brood/inspect'; tell(await inspect(${process.pid}));`,
      otherUser,
    );
    const info = told[0] as Record<string, { denied?: boolean }>;
    assert.ok(info !== undefined, stderr);
    for (const name of [
      'exe',
      'cwd',
      'root',
      'environment',
      'descriptors',
      'io',
      'pss',
      'deleted',
    ]) {
      assert.equal(info[name]?.denied, true, `${name}: ${JSON.stringify(info[name])}`);
    }
    const open = info as unknown as { argv: string[]; memory: { rss: number; pss: unknown } };
    assert.deepEqual(
      open.argv,
      readFileSync('/proc/self/cmdline', 'utf8').split('\0').slice(0, -1),
    );
    assert.ok(open.memory.rss > 1e6);
    assert.match(JSON.stringify(open.memory.pss), /"denied":true/);
  },
);

test('a pid without a process, and that of a thread, is nobody', async () => {
  const thread = readdirSync('/proc/self/task')
    .map(Number)
    .find((tid) => tid !== process.pid);
  for (const pid of [4_194_304, 0x7fff_ffff, thread as number]) {
    await assert.rejects(
      inspect(pid),
      (error) => error instanceof NoSuchProcessError && error.pid === pid,
    );
  }
});

test('a process that ends while it is looked at is told whole, or not at all', async () => {
  let [whole, none] = [0, 0];
  for (let round = 0; round < 40; round++) {
    const child = spawn('true', { stdio: 'ignore' });
    const end = once(child, 'exit');
    const fields: ProcessField[] = ['ppid', 'name', 'argv', 'memory', 'descriptors', 'startTicks'];
    try {
      const info = await inspect(child.pid as number, fields);
      assert.equal(info.ppid, process.pid);
      const argv = known(info.argv);
      assert.ok(
        argv === undefined || ['true', process.argv0].includes(argv[0] ?? ''),
        String(argv),
      );
      whole += 1;
    } catch (error) {
      assert.ok(error instanceof NoSuchProcessError, String(error));
      none += 1;
    }
    await end;
  }
  assert.equal(whole + none, 40);
});

test('what cannot be asked is refused', async () => {
  const wrong: readonly (readonly [unknown, unknown, string])[] = [
    ['1', undefined, 'ERR_INVALID_ARG_TYPE'],
    [0, undefined, 'ERR_OUT_OF_RANGE'],
    [1.5, undefined, 'ERR_OUT_OF_RANGE'],
    [1, 'name', 'ERR_INVALID_ARG_TYPE'],
    [1, ['nome'], 'ERR_INVALID_ARG_VALUE'],
    [1, [5], 'ERR_INVALID_ARG_TYPE'],
  ];
  for (const [pid, fields, code] of wrong) {
    await assert.rejects(inspect(pid as number, fields as ProcessField[]), { code }, String(pid));
  }
});

test('without the addon it says what can', async () => {
  const { told } = await portable(`
    const { inspect } = await import('brood/inspect');
    tell(await failure(() => inspect(process.pid)));
  `);
  const [name, code, message] = told[0] as string[];
  assert.deepEqual([name, code], ['UnsupportedError', 'ENOTSUP']);
  assert.match(message as string, /inspect\(\) needs Linux with the addon/);
});

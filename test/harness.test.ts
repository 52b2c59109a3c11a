import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { test } from 'node:test';

import { runNode, startNode } from './harness/fixture.ts';
import { inNode } from './harness/in-node.ts';
import { descriptorsOf, hasEnded, isGone, stat, status, until } from './harness/proc.ts';

const leaks = new URL('harness/leaks.js', import.meta.url).href;

function withLeakCheck(code: string): ReturnType<typeof runNode> {
  return runNode(['--import', leaks, '--input-type=module', '--eval', code]);
}

test('a program that leaves nothing passes the leak check', async () => {
  const result = await withLeakCheck(`
    import { execFileSync } from 'node:child_process';
    import { readFile } from 'node:fs/promises';
    process.on('SIGUSR2', () => {});
    await readFile('/proc/self/stat');
    execFileSync('true');
    setTimeout(() => {}, 10);
  `);
  assert.deepEqual([result.code, result.stderr], [0, '']);
});

test('a descriptor that stays open fails the leak check', async () => {
  const result = await withLeakCheck(`
    import { openSync } from 'node:fs';
    openSync('/dev/zero');
  `);
  assert.equal(result.code, 1);
  assert.match(result.stderr, /leaked descriptor: \d+ \/dev\/zero/);
});

test('a handle that was dropped and gives its descriptor back passes the leak check', async () => {
  const result = await withLeakCheck(`
    import { closeSync, openSync } from 'node:fs';
    globalThis.registry = new FinalizationRegistry((fd) => closeSync(fd));
    registry.register({}, openSync('/dev/zero'));
  `);
  assert.deepEqual([result.code, result.stderr], [0, '']);
});

test('a child that runs on fails the leak check', async () => {
  const result = await withLeakCheck(`
    import { spawn } from 'node:child_process';
    const child = spawn('sleep', ['1000'], { stdio: 'ignore' });
    child.unref();
    process.on('exit', () => child.kill('SIGKILL'));
  `);
  assert.equal(result.code, 1);
  assert.match(result.stderr, /leaked child: \d+ sleep/);
});

test('/proc is read right of this process and of one with a strange name', async () => {
  const child = spawn('sleep', ['1000'], { argv0: 'a (b) c', stdio: 'ignore' });
  const pid = child.pid as number;
  const ended = new Promise((resolve) => child.once('exit', resolve));
  assert.equal(stat(pid)?.ppid, process.pid);
  assert.equal(stat(pid)?.pgid, stat(process.pid)?.pgid);
  assert.equal(status(process.pid)['Pid'], String(process.pid));
  assert.equal(descriptorsOf(pid).get(0), '/dev/null');
  assert.equal(hasEnded(pid), false);
  child.kill('SIGKILL');
  await ended;
  assert.equal(isGone(pid), true);
});

test('descriptorsOf sees what is opened and closed', () => {
  const fd = openSync('/dev/zero', 'r');
  assert.equal(descriptorsOf(process.pid).get(fd), '/dev/zero');
  closeSync(fd);
  assert.equal(descriptorsOf(process.pid).get(fd), undefined);
});

test('until passes on what it waited for', async () => {
  let asked = 0;
  assert.equal(await until(() => (asked += 1) > 3 && asked), 4);
});

test('inNode can import the package and takes input, an environment and a wrapper', async () => {
  const result = await inNode(
    `import { features } from 'brood';
     process.stdin.pipe(process.stdout);
     process.exitCode = typeof features === 'function' && process.env.WORD === 'said' ? 7 : 8;`,
    { input: 'in and out', env: { WORD: 'said' }, wrap: ['env', '-u', 'HOME'] },
  );
  assert.deepEqual(result, { code: 7, signal: null, stdout: 'in and out', stderr: '' });
});

test('startNode tells the output so far', async () => {
  const started = startNode(['-e', 'console.log("ready"); setInterval(() => {}, 1000)']);
  await until(() => started.stdout() === 'ready\n', 'its output');
  assert.equal(stat(started.pid)?.ppid, process.pid);
  started.child.kill('SIGTERM');
  assert.equal((await started.result).signal, 'SIGTERM');
});

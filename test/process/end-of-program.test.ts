import assert from 'node:assert/strict';
import test from 'node:test';

import { inNode, startInNode } from '../harness/in-node.ts';
import { hasEnded, isGone, stat, until } from '../harness/proc.ts';

const exitors = `
  import { current } from 'brood';
  import { writeSync } from 'node:fs';
  const say = (text) => writeSync(1, text + '\\n');
  current.onExit(() => say('first'));
  const forget = current.onExit(() => say('never'));
  current.onExit(() => say('last'));
  forget();
  forget();
`;

test('exitors run in reverse order at every orderly end', async () => {
  const ends: [string, number][] = [
    ['', 0],
    ['current.exit();', 0],
    ['current.exit(3);', 3],
    ['process.exit(4);', 4],
    ['process.exitCode = 5;', 5],
    ['setTimeout(() => { throw new Error("uncaught"); }, 1);', 1],
    ['Promise.reject(new Error("unhandled"));', 1],
  ];
  const results = await Promise.all(ends.map(([end]) => inNode(exitors + end)));
  for (const [i, { code, stdout }] of results.entries()) {
    assert.equal(stdout, 'last\nfirst\n', ends[i]?.[0]);
    assert.equal(code, ends[i]?.[1], ends[i]?.[0]);
  }
});

test('each exitor runs at most once, also when one ends the program itself', async () => {
  const { stdout, code } = await inNode(
    `${exitors} current.onExit(() => { say('now'); current.exit(9); }); current.exit(2);`,
  );
  assert.equal(stdout, 'now\nlast\nfirst\n');
  assert.equal(code, 9);
});

test('an exitor that calls process.exit() cuts off neither exitors nor the end of children', async () => {
  for (const end of ['', 'process.exit(2);', 'current.exit(2);', 'throw new Error();']) {
    const { stdout, code } = await inNode(`${exitors}
      import { spawn } from 'brood';
      const child = await spawn('sleep', ['1000'], { stdin: 'ignore' });
      child.unref();
      process.on('exit', () => say('never'));
      current.onExit(() => process.exit(7));
      current.onExit(() => { say(String(child.pid)); process.exit(8); });
      ${end}`);
    const [pid, ...rest] = stdout.trim().split('\n');
    assert.deepEqual(rest, ['last', 'first'], end);
    assert.equal(code, 7, end);
    assert.ok(hasEnded(Number(pid)), end);
  }
});

test('an exitor that throws stops no other, and a program that was fine has failed', async () => {
  const throws = `${exitors} current.onExit(() => { throw new Error('went wrong'); });`;
  const fine = await inNode(throws);
  assert.equal(fine.stdout, 'last\nfirst\n');
  assert.equal(fine.code, 1);
  assert.match(fine.stderr, /An exitor failed: Error: went wrong/);
  assert.equal((await inNode(`${throws} current.exit(6);`)).code, 6);
  assert.equal((await inNode(`${throws} current.exit();`)).code, 1);
});

test('a crash runs the exitors, tells why, and is a death by SIGABRT', async () => {
  // No core file: it would land in the working directory.
  const quiet = `${exitors} current.limits = { coreSize: 0 };`;
  const result = await inNode(`${quiet} current.crash('the floor is gone');`);
  assert.equal(result.signal, 'SIGABRT');
  assert.equal(result.stdout, 'last\nfirst\n');
  assert.equal(result.stderr, 'the floor is gone\n');
  const withError = await inNode(`${quiet} current.crash(new RangeError('too far'));`);
  assert.equal(withError.signal, 'SIGABRT');
  assert.match(withError.stderr, /^RangeError: too far\n {4}at /);
});

test('a crash is a death by SIGABRT also where the signal is handled or ignored', async () => {
  const result = await inNode(`import { current, signals } from 'brood';
    current.limits = { coreSize: 0 };
    process.on('SIGABRT', () => console.log('handled'));
    signals.block(['SIGABRT']);
    current.crash('no way back');`);
  assert.equal(result.signal, 'SIGABRT');
  assert.equal(result.stdout, '');
});

test('what cannot be an exit code, a message or an exitor is refused', async () => {
  const { stdout } = await inNode(`import { current } from 'brood';
    const refused = (call) => { try { call(); } catch (error) { console.log(error.code); } };
    for (const code of [-1, 256, 1.5, '1', null]) refused(() => current.exit(code));
    for (const message of [undefined, 5, {}]) refused(() => current.crash(message));
    for (const exitor of [undefined, 'exit', {}]) refused(() => current.onExit(exitor));`);
  const range = 'ERR_OUT_OF_RANGE\n'.repeat(3);
  assert.equal(stdout, range + 'ERR_INVALID_ARG_TYPE\n'.repeat(8));
});

const nest = `
  import { current, spawn } from 'brood';
  const script = 'sleep 1000 & echo $! $$; wait';
  const child = await spawn('sh', ['-c', script], { stdin: 'ignore', stderr: 'ignore' });
  const line = (await child.lines().next()).value;
  process.stdout.write(line);
  const forgotten = await spawn('sleep', ['1000'],
    { stdin: 'ignore', stdout: 'ignore', stderr: 'ignore', cleanup: false });
  process.stdout.write(' ' + forgotten.pid + '\\n');
`;

async function endings(
  end: string,
): Promise<{ signal: string | null; gone: number[]; left: number }> {
  const { stdout, signal } = await inNode(nest + end);
  const [inner = 0, outer = 0, left = 0] = stdout.trim().split(' ').map(Number);
  assert.equal(stat(left)?.comm, 'sleep', 'cleanup: false was stopped');
  process.kill(left, 'SIGKILL');
  return { signal, gone: [inner, outer], left };
}

test('children, and what came from them, are stopped when the program ends', async () => {
  const ends = [
    'current.exit();',
    'process.exit();',
    'setTimeout(() => { throw new Error(); }, 1);',
    'current.limits = { coreSize: 0 }; current.crash("over");',
  ];
  for (const end of ends) {
    const { gone, left } = await endings(end);
    for (const pid of gone) await until(() => isGone(pid), `${pid} to be gone after ${end}`);
    await until(() => isGone(left), 'the last one to be gone');
  }
});

test('exitors run while the children still live', async () => {
  const { stdout } = await inNode(`${nest}
    current.onExit(() => console.log(child.isAlive(), child.terminate instanceof Function));
    current.exit();`);
  assert.match(stdout, /true true\n$/);
  const pid = Number(stdout.split(/\s/)[2]);
  process.kill(pid, 'SIGKILL');
  await until(() => isGone(pid), 'the last one to be gone');
});

test('a child that does not listen to SIGTERM is killed when the program ends', async () => {
  const { stdout } = await inNode(`import { current, spawn } from 'brood';
    const child = await spawn('sh', ['-c', 'trap "" TERM; echo ready; while :; do sleep 0.01; done']);
    await child.lines().next();
    console.log(child.pid);
    current.exit();`);
  const pid = Number(stdout);
  assert.ok(pid > 0);
  await until(() => isGone(pid), 'the child to be gone');
});

test('a signal that ends the program stops the children, also while JavaScript is busy', async () => {
  for (const busy of ['setInterval(() => {}, 1000);', 'for (;;);']) {
    const program = startInNode(`import { spawn } from 'brood';
      const child = await spawn('sleep', ['1000'],
        { stdin: 'ignore', stdout: 'ignore', stderr: 'ignore' });
      (await import('node:fs')).writeSync(1, child.pid + '\\n');
      ${busy}`);
    const pid = await until(() => Number(program.stdout()) || undefined, 'the pid');
    process.kill(program.pid, 'SIGTERM');
    assert.equal((await program.result).signal, 'SIGTERM');
    await until(() => isGone(pid), 'the child to be gone');
  }
});

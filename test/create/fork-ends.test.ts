/** Every way in which a forked child can end, and the status that its parent gets. */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';

import { withFork } from '../harness/fork-code.ts';
import { temporaryFolder } from '../harness/temp.ts';

/** The last line is the status, told by the parent; what comes before the child has told. */
async function endOf(
  code: string,
  env: Record<string, string> = {},
): Promise<{ told: unknown[]; status: unknown; stderr: string }> {
  const { told, stderr } = await withFork(
    `
    const child = fork();
    if (child.isCurrent) {
      watchdog();
      ${code}
    } else {
      tell(String(await child.wait()));
    }
  `,
    { env },
  );
  return { told: told.slice(0, -1), status: told.at(-1), stderr };
}

const ways: [name: string, code: string, status: string, stderr?: RegExp][] = [
  ['the end of the loop', 'setTimeout(() => {}, 10);', 'exited with code 0'],
  ['the end of the loop with an exit code', 'process.exitCode = 9;', 'exited with code 9'],
  ['process.exit()', 'setTimeout(() => process.exit(3), 5);', 'exited with code 3'],
  ['current.exit()', 'current.exit(4);', 'exited with code 4'],
  [
    "a listener of 'exit' that sets the code, at the end of the loop",
    "process.on('exit', () => { process.exitCode = 6; });",
    'exited with code 6',
  ],
  [
    "a listener of 'exit' that sets the code, after process.exit()",
    "process.on('exit', () => { process.exitCode = 6; }); process.exit(2);",
    'exited with code 6',
  ],
  [
    "a listener of 'exit' that calls process.exit()",
    "process.on('exit', () => process.exit(8));",
    'exited with code 8',
  ],
  [
    "a listener of 'exit' that throws",
    "process.on('exit', () => { throw new Error('late'); });",
    'exited with code 1',
    /Error: late/,
  ],
  ['an uncaught error', "throw new Error('boom');", 'exited with code 1', /Error: boom[^]*at /],
  [
    'an uncaught error on the loop',
    "setTimeout(() => { throw new RangeError('later'); }, 5);",
    'exited with code 1',
    /RangeError: later[^]*at /,
  ],
  [
    'an uncaught error, with a code set before',
    "process.exitCode = 12; setImmediate(() => { throw new Error('x'); });",
    'exited with code 1',
  ],
  [
    'an error in a handler of uncaught errors',
    "process.on('uncaughtException', () => { throw new Error('again'); }); setImmediate(() => { throw new Error('x'); });",
    'exited with code 7',
  ],
  [
    'an unhandled rejection',
    "void Promise.reject(new TypeError('refused'));",
    'exited with code 1',
    /TypeError: refused/,
  ],
  ['an unsettled await', 'await new Promise(() => {});', 'exited with code 13'],
  ['process.abort()', 'process.abort();', 'killed by SIGABRT'],
  ['current.crash()', "current.crash('no way on');", 'killed by SIGABRT', /no way on/],
  ['a signal', "process.kill(process.pid, 'SIGTERM'); await sleep(20_000);", 'killed by SIGTERM'],
  ['SIGKILL', "process.kill(process.pid, 'SIGKILL');", 'killed by SIGKILL'],
  [
    'no memory left',
    'const hold = []; for (;;) hold.push(Array.from({ length: 10_000 }, (_, i) => ({ i })));',
    'killed by SIGABRT',
    /heap/i,
  ],
  [
    'no stack left',
    'const deeper = () => deeper() + 1; deeper();',
    'exited with code 1',
    /Maximum call stack/,
  ],
];

for (const [name, code, status, pattern] of ways) {
  test(`the end by ${name}`, async () => {
    const memory = name === 'no memory left' ? { NODE_OPTIONS: '--max-old-space-size=64' } : {};
    const ended = await endOf(code, memory);
    assert.equal(String(ended.status).replace(' (core dumped)', ''), status, ended.stderr);
    if (pattern !== undefined) assert.match(ended.stderr, pattern);
  });
}

test('an uncaught error that is handled does not change the end', async () => {
  const { told, status, stderr } = await endOf(`
    process.on('uncaughtException', (error) => tell(error.message));
    process.on('exit', () => { process.exitCode = 5; });
    setImmediate(() => { throw new Error('one'); });
  `);
  assert.deepEqual(told, ['one'], stderr);
  assert.equal(status, 'exited with code 5');
});

test("'exit' and 'beforeExit' are told once, and each side runs the listeners of both", async () => {
  const { told, stderr } = await withFork(`
    let count = 0;
    process.on('beforeExit', () => count++);
    const side = { name: 'parent' };
    process.on('exit', (code) => writeSync(1, JSON.stringify([side.name, count, code]) + '\\n'));
    const child = fork();
    if (child.isCurrent) {
      side.name = 'child';
      process.exitCode = 3;
    } else {
      await child.wait();
    }
  `);
  assert.deepEqual(
    told,
    [
      ['child', 1, 3],
      ['parent', 1, 0],
    ],
    stderr,
  );
});

test('all of what a child has written arrives, also to a pipe that is slow', async () => {
  const { told, stderr } = await withFork(`
    const status = await inChild(() => {
      for (let i = 0; i < 2000; i++) tell([i, 'x'.repeat(100)]);
    });
    tell(status.code);
  `);
  assert.equal(told.length, 2001, stderr);
  assert.equal(told.at(-1), 0);
});

test('coverage is written by both sides, each of what it ran', async (t) => {
  const folder = await temporaryFolder(t);
  const { told, stderr } = await withFork(
    `
    const child = fork();
    if (child.isCurrent) { (function onlyInTheChild() { return 1; })(); }
    else tell((await child.wait()).code);
  `,
    { env: { NODE_V8_COVERAGE: folder } },
  );
  assert.deepEqual(told, [0], stderr);
  const files = readdirSync(folder).filter((name) => name.startsWith('coverage-'));
  assert.equal(files.length, 2);
  assert.equal(new Set(files.map((name) => name.split('-')[1])).size, 2);
  for (const name of files) {
    assert.match(readFileSync(join(folder, name), 'utf8'), /"functions"/);
  }
});

test('workers that still run do not keep a child that exits', async () => {
  const { status, stderr } = await endOf(`
    const { Worker } = await import('node:worker_threads');
    const worker = new Worker('setInterval(() => {}, 1000)', { eval: true, execArgv: [] });
    worker.once('online', () => process.exit(11));
  `);
  assert.equal(status, 'exited with code 11', stderr);
});

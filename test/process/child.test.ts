import assert from 'node:assert/strict';
import { Duplex } from 'node:stream';
import { text } from 'node:stream/consumers';
import test from 'node:test';
import { inspect } from 'node:util';

import { Child, Process, spawn } from 'brood';

const quiet = { stdin: 'ignore', stdout: 'ignore', stderr: 'ignore' } as const;

async function collect(lines: AsyncIterable<string>): Promise<string[]> {
  const all: string[] = [];
  for await (const line of lines) all.push(line);
  return all;
}

test('a child has streams for its pipes, and null where there are none', async () => {
  const child = await spawn('cat', { stderr: 'ignore' });
  assert.ok(child instanceof Child && child instanceof Process);
  assert.equal(child.stderr, null);
  assert.deepEqual(Object.keys(child.fds), ['0', '1']);
  assert.equal(child.fds[0], child.stdin);
  child.stdin?.end('there and back');
  assert.equal(await text(child.stdout ?? assert.fail()), 'there and back');
  assert.ok((await child.wait()).ok);
  const none = await spawn('true', quiet);
  assert.deepEqual([none.stdin, none.stdout, none.stderr, none.fds], [null, null, null, {}]);
  await none.wait();
});

test('a descriptor of the child beyond the first three is a two-way stream', async () => {
  const child = await spawn('sh', ['-c', 'read x <&3; echo "got $x" >&3'], {
    ...quiet,
    fds: { 3: 'pipe' },
  });
  const stream = child.fds[3];
  assert.ok(stream instanceof Duplex);
  stream.end('this\n');
  assert.equal(await text(stream), 'got this\n');
  await child.wait();
});

test('lines of stdout, of stderr, and of both', async () => {
  const script = 'printf "one\\r\\ntwo\\n"; printf "oops\\n" >&2; read x; printf three';
  const start = (): Promise<Child> => spawn('sh', ['-c', script]);
  const [one, two, three] = await Promise.all([start(), start(), start()]);
  one.stdin?.end();
  assert.deepEqual(await collect(one), ['one', 'two', 'three']);
  two.stdin?.end();
  assert.deepEqual(await collect(two.lines({ from: 'stderr' })), ['oops']);
  const first: string[] = [];
  const lines = three.lines({ from: 'all' });
  for (let i = 0; i < 3; i++) first.push(String((await lines.next()).value));
  assert.deepEqual(first.toSorted(), ['one', 'oops', 'two']);
  three.stdin?.end();
  assert.deepEqual(await collect(lines), ['three']);
  one.stderr?.destroy();
  two.stdout?.destroy();
  await Promise.all([one, two, three].map((child) => child.wait()));
});

test('who stops reading lines closes the pipe', async () => {
  const child = await spawn('yes', [], { stdin: 'ignore', stderr: 'ignore' });
  for await (const line of child) {
    assert.equal(line, 'y');
    break;
  }
  assert.equal((await child.wait()).signal, 'SIGPIPE');
});

test('lines of what is no pipe, or of nothing that there is, are refused', async () => {
  const child = await spawn('true', quiet);
  assert.throws(() => child.lines(), { name: 'ProcessError', code: 'ERR_INVALID_STATE' });
  assert.throws(() => child.lines({ from: 'all' }), { code: 'ERR_INVALID_STATE' });
  assert.throws(() => child.lines({ from: 'stdin' as 'stdout' }), {
    code: 'ERR_INVALID_ARG_VALUE',
  });
  assert.throws(() => child.lines('stdout' as unknown as object), {
    code: 'ERR_INVALID_ARG_TYPE',
  });
  await child.wait();
});

test('a child shows its pid and its state', async () => {
  const child = await spawn('sh', ['-c', 'read x; exit 3'], { ...quiet, stdin: 'pipe' });
  assert.equal(String(child), `Child ${child.pid} (running)`);
  child.stdin?.end();
  await child.wait();
  assert.equal(inspect({ child }), `{ child: [Child ${child.pid} (exited with code 3)] }`);
});

test('a process is not made by hand', () => {
  assert.throws(() => new Process(process.pid as never), { code: 'ERR_INVALID_ARG_TYPE' });
});

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
  const script = 'printf "one\\r\\ntwo\\n"; printf "oops\\n" >&2; sleep 0.05; printf three';
  const start = (): Promise<Child> => spawn('sh', ['-c', script], { stdin: 'ignore' });
  const children = await Promise.all([start(), start(), start()]);
  const [out, err, all] = await Promise.all([
    collect(children[0]),
    collect(children[1].lines({ from: 'stderr' })),
    collect(children[2].lines({ from: 'all' })),
  ]);
  assert.deepEqual(out, ['one', 'two', 'three']);
  assert.deepEqual(err, ['oops']);
  assert.deepEqual(all.toSorted(), ['one', 'oops', 'three', 'two']);
  assert.equal(all.at(-1), 'three');
  children[1].stdout?.destroy();
  for (const child of children) child.stderr?.destroy();
  await Promise.all(children.map((child) => child.wait()));
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

import assert from 'node:assert/strict';
import { closeSync, openSync, readFileSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { test } from 'node:test';
import { pathToFileURL } from 'node:url';

import { open, output, pipe, run, socketpair, spawn, SpawnError } from 'brood';

import { asleep } from '../harness/asleep.ts';
import { inNode } from '../harness/in-node.ts';
import { descriptorsOf, until } from '../harness/proc.ts';
import { requireProgram } from '../harness/programs.ts';
import { temporaryFolder } from '../harness/temp.ts';

test('the child has the descriptors that were asked for and no others', async (t) => {
  if (!requireProgram(t, 'python3')) return;
  // A stray one without close-on-exec, as any library may have left it.
  const stray = 'import os,sys; os.dup2(1, 300); os.execvp(sys.argv[1], sys.argv[1:])';
  const { stdout, stderr } = await inNode(
    `import { readdirSync, readFileSync } from 'node:fs';
     import { setTimeout as pause } from 'node:timers/promises';
     import { spawn } from 'brood';
     // Before it sleeps, the loader of the child opens and closes libraries.
     const asleep = (pid) => readFileSync('/proc/' + pid + '/stat', 'latin1').includes(') S ');
     console.log(readdirSync('/proc/self/fd').includes('300'));
     const bare = await spawn('sleep', ['60']);
     const more = await spawn('sleep', ['60'], { fds: { 5: 'ignore', 300: 'inherit', 9: 'pipe' } });
     for (const child of [bare, more]) {
       while (!asleep(child.pid)) await pause(5);
       const fds = readdirSync('/proc/' + child.pid + '/fd').map(Number);
       console.log(fds.toSorted((a, b) => a - b).join(' '));
       child.kill();
     }`,
    { wrap: ['python3', '-c', stray] },
  );
  assert.equal(stdout, 'true\n0 1 2\n0 1 2 5 9 300\n', stderr);
});

test('standard streams are real pipes, and can be opened by name', async () => {
  assert.equal(await output('cat', ['/dev/stdin'], { input: 'through' }), 'through');
  const { stdout, stderr } = await run('sh', [
    '-c',
    'echo out > /dev/stdout; echo err > /dev/stderr',
  ]);
  assert.deepEqual([stdout, stderr], ['out\n', 'err\n']);
  const child = await spawn('sleep', ['60']);
  for (const fd of [0, 1, 2]) assert.match(descriptorsOf(child.pid).get(fd) ?? '', /^pipe:/);
  await child.terminate();
});

test('0, 1 and 2 block in the child, also when ours do not', async () => {
  const { readEnd, writeEnd } = pipe();
  // A stream makes our own end non-blocking; the child must not see that.
  const stream = readEnd.duplicate().readable();
  stream.resume();
  const [ours, theirs] = socketpair();
  const child = await spawn('sleep', ['60'], {
    stdin: readEnd,
    stdout: theirs,
    stderr: 'pipe',
    fds: { 3: 'pipe' },
  });
  for (const fd of [0, 1, 2]) {
    const flags = /flags:\s+(\d+)/.exec(readFileSync(`/proc/${child.pid}/fdinfo/${fd}`, 'utf8'));
    assert.equal(Number.parseInt(flags?.[1] ?? '', 8) & 0o4000, 0, `descriptor ${fd} blocks`);
  }
  await child.terminate();
  child.fds[3]?.destroy();
  writeEnd.close();
  ours.close();
  await new Promise((resolve) => stream.once('close', resolve));
});

/** Two files that are open here under numbers of our choice. */
async function inFiles(
  t: Parameters<typeof temporaryFolder>[0],
  names: readonly string[],
): Promise<{ fds: number[]; read: () => string[]; close: () => void }> {
  const folder = await temporaryFolder(t);
  const paths = names.map((name) => join(folder, name));
  const fds = paths.map((path) => openSync(path, 'w+'));
  return {
    fds,
    read: () => paths.map((path) => readFileSync(path, 'utf8')),
    close: () => fds.forEach((fd) => closeSync(fd)),
  };
}

test('standard output and error change places', async () => {
  const { stdout, stderr } = await inNode(
    `import { call } from 'brood';
     await call('sh', ['-c', 'echo to1; echo to2 >&2'], { stdout: 2, stderr: 1 });`,
  );
  assert.deepEqual([stdout, stderr], ['to2\n', 'to1\n']);
});

test('descriptors rotate, overlap and swap without getting lost', async (t) => {
  const { fds, read, close } = await inFiles(t, ['a', 'b', 'c']);
  const [a, b, c] = fds as [number, number, number];
  // Each stands where another one is to go.
  const child = await spawn(
    'sh',
    ['-c', fds.map((fd) => `echo to-${fd} > /proc/self/fd/${fd}`).join('; ')],
    { stdin: 'ignore', stdout: 'ignore', stderr: 'inherit', fds: { [a]: b, [b]: c, [c]: a } },
  );
  close();
  assert.equal((await child.wait()).code, 0);
  assert.deepEqual(read(), [`to-${c}\n`, `to-${a}\n`, `to-${b}\n`]);
});

test('3 becomes 0, and 0 becomes 3', async (t) => {
  const path = join(await temporaryFolder(t), 'three');
  writeFileSync(path, 'of three\n');
  const { stdout, stderr } = await inNode(
    `import { call } from 'brood';
     await call('sh', ['-c', 'read a; read b <&3; echo "$a, $b"'], { stdin: 3, fds: { 3: 0 } });`,
    { wrap: ['sh', '-c', `exec 3<${path}; exec "$@"`, 'sh'], input: 'of zero\n' },
  );
  assert.equal(stdout, 'of three, of zero\n', stderr);
});

test('the same descriptor may be given more than once', async () => {
  const { readEnd, writeEnd } = pipe();
  const child = await spawn('sh', ['-c', 'echo 1; echo 2 >&2; echo 7 >&7'], {
    stdin: 'ignore',
    stdout: writeEnd,
    stderr: writeEnd,
    fds: { 7: writeEnd },
  });
  assert.equal(await text(readEnd.readable()), '1\n2\n7\n');
  await child.wait();
});

test("'closed' is not open in the child", async () => {
  const child = await spawn('sleep', ['60'], { stdin: 'closed', stdout: 'pipe', stderr: 'closed' });
  await asleep(child.pid);
  assert.deepEqual([...descriptorsOf(child.pid).keys()], [1]);
  await child.terminate();
});

test("'ignore' is /dev/null, 'stdout' is 2>&1 in order", async () => {
  const child = await spawn('sleep', ['60'], {
    stdin: 'ignore',
    stdout: 'ignore',
    stderr: 'stdout',
  });
  await asleep(child.pid);
  assert.deepEqual([...new Set(descriptorsOf(child.pid).values())], ['/dev/null']);
  await child.terminate();
  const { stdout, stderr } = await run('sh', ['-c', 'echo a; echo b >&2; echo c'], {
    stderr: 'stdout',
  });
  assert.deepEqual([stdout, stderr], ['a\nb\nc\n', '']);
});

test('files are read, written, and appended to', async (t) => {
  const folder = await temporaryFolder(t);
  const input = join(folder, 'input');
  const log = join(folder, 'log');
  writeFileSync(input, 'b\na\n');
  writeFileSync(log, 'before\n');
  await run('sort', { stdin: { file: input }, stdout: { file: log, append: true } });
  assert.equal(readFileSync(log, 'utf8'), 'before\na\nb\n');
  await run('sort', {
    stdin: { file: pathToFileURL(input) },
    stdout: { file: pathToFileURL(log) },
  });
  assert.equal(readFileSync(log, 'utf8'), 'a\nb\n');
  await run('sh', ['-c', 'cat <&3; echo more >&4; echo end >&5'], {
    stdout: { file: log },
    fds: {
      3: { file: input },
      4: { file: join(folder, 'new'), write: true },
      5: { file: log, append: true },
    },
  });
  assert.equal(readFileSync(log, 'utf8'), 'b\na\nend\n');
  assert.equal(readFileSync(join(folder, 'new'), 'utf8'), 'more\n');
});

test('a further pipe is a two-way stream', async () => {
  const child = await spawn('sh', ['-c', 'read line <&4; echo "got $line" >&4'], {
    fds: { 4: 'pipe' },
  });
  const end = child.fds[4];
  assert.ok(end !== undefined && 'write' in end && 'read' in end);
  end.write('hello\n');
  assert.equal(await text(end), 'got hello\n');
  assert.equal((await child.wait()).code, 0);
});

test('a FileDescriptor is closed here once the child has started', async () => {
  const { readEnd, writeEnd } = pipe();
  const child = await spawn('echo', ['through the kernel'], { stdin: 'ignore', stdout: writeEnd });
  assert.equal(writeEnd.isClosed, true);
  // Only the child holds the other end, so this comes to an end.
  assert.equal(await text(readEnd.readable()), 'through the kernel\n');
  await child.wait();
});

test('a FileDescriptor stays ours when the start fails', async () => {
  const { readEnd, writeEnd } = pipe();
  await assert.rejects(spawn('/no/such/program', [], { stdout: writeEnd }), SpawnError);
  assert.equal(writeEnd.isClosed, false);
  writeSync(writeEnd.fd, 'still ours');
  writeEnd.close();
  assert.equal(await text(readEnd.readable()), 'still ours');
});

test('a FileDescriptor that was handed over or closed cannot be given again', async () => {
  const file = open('/dev/null', 'r');
  const starting = spawn('true', [], { stdin: file });
  const refused = { name: 'TypeError', code: 'ERR_INVALID_ARG_VALUE', message: /options\.stdin/ };
  await assert.rejects(spawn('true', [], { stdin: file }), refused);
  await (await starting).wait();
  await assert.rejects(spawn('true', [], { stdin: file }), refused);
  const closed = open('/dev/null', 'r');
  closed.close();
  await assert.rejects(spawn('true', [], { fds: { 3: closed } }), {
    ...refused,
    message: /options\.fds\.3/,
  });
});

test('a number stays open here', async () => {
  const fd = openSync('/dev/null', 'r');
  assert.equal((await run('true', { stdin: fd })).status.code, 0);
  assert.equal(descriptorsOf(process.pid).get(fd), '/dev/null');
  closeSync(fd);
});

test('two children talk over a socket pair', async () => {
  const [left, right] = socketpair();
  const [a, b] = await Promise.all([
    spawn('sh', ['-c', 'echo ping >&3; read answer <&3; echo "$answer"'], { fds: { 3: left } }),
    spawn('sh', ['-c', 'read word <&3; echo "$word-pong" >&3'], { fds: { 3: right } }),
  ]);
  const said: string[] = [];
  for await (const line of a) said.push(line);
  assert.deepEqual(said, ['ping-pong']);
  await Promise.all([a.wait(), b.wait()]);
});

test('a child that nobody reads costs no descriptor once it has ended', async () => {
  const before = descriptorsOf(process.pid).size;
  for (let i = 0; i < 5; i++) await (await spawn('true')).wait();
  await new Promise((resolve) => setImmediate(resolve));
  await until(() => descriptorsOf(process.pid).size <= before, 'the descriptors to be closed');
});

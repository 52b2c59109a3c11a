import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { constants, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { finished } from 'node:stream/promises';
import { test } from 'node:test';
import { pathToFileURL } from 'node:url';

import { open } from 'brood';

import { isRoot, otherUser } from '../harness/as-user.ts';
import { inNode } from '../harness/in-node.ts';
import { temporaryFolder } from '../harness/temp.ts';

async function textOf(stream: AsyncIterable<Buffer | string>): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(Buffer.from(chunk));
  return Buffer.concat(chunks).toString();
}

test('a file is written, appended to and read', async (t) => {
  const path = join(await temporaryFolder(t), 'file');
  const written = open(path, 'w', 0o640);
  assert.equal(written.type, 'file');
  assert.equal(written.closeOnExec, true);
  await finished(written.writable().end('one\n'));
  assert.equal(statSync(path).mode & 0o7777, 0o640 & ~process.umask());
  await finished(open(path, 'a').writable().end('two\n'));
  assert.equal(readFileSync(path, 'utf8'), 'one\ntwo\n');
  assert.equal(await textOf(open(path).readable()), 'one\ntwo\n');
  assert.equal(
    await textOf(open(pathToFileURL(path), constants.O_RDONLY).readable()),
    'one\ntwo\n',
  );
  assert.equal(await textOf(open(path, 'r+').readable()), 'one\ntwo\n');
});

test('every word for flags means what it means to fs.open', async (t) => {
  const folder = await temporaryFolder(t);
  const words = [
    'r',
    'rs',
    'r+',
    'rs+',
    'w',
    'w+',
    'a',
    'a+',
    'as',
    'as+',
    'wx',
    'wx+',
    'ax',
    'ax+',
  ];
  for (const flags of words) {
    const path = join(folder, flags);
    if (!flags.includes('x')) writeFileSync(path, 'before');
    using file = open(path, flags);
    const info = readFileSync(`/proc/self/fdinfo/${file.fd}`, 'utf8');
    const bits = Number.parseInt(/flags:\s*(\d+)/.exec(info)?.[1] ?? '', 8);
    const access = bits & (constants.O_RDONLY | constants.O_WRONLY | constants.O_RDWR);
    const way = flags.startsWith('r') ? constants.O_RDONLY : constants.O_WRONLY;
    assert.equal(access, flags.endsWith('+') ? constants.O_RDWR : way, flags);
    assert.equal((bits & constants.O_APPEND) !== 0, flags.startsWith('a'), flags);
    assert.equal((bits & constants.O_SYNC) === constants.O_SYNC, flags.includes('s'), flags);
    assert.equal(readFileSync(path, 'utf8'), /^(w|ax)/.test(flags) ? '' : 'before', flags);
  }
  assert.throws(() => open(join(folder, 'r'), 'wx'), { code: 'EEXIST' });
});

test('a file opened for one way is no stream for the other', async (t) => {
  const path = join(await temporaryFolder(t), 'file');
  using file = open(path, 'w');
  assert.throws(() => file.readable(), { code: 'EBADF', message: /open for writing only/ });
  assert.throws(() => file.duplex(), { name: 'UnsupportedError', message: /is a file/ });
});

test('what cannot be opened names the path and the reason', async (t) => {
  const folder = await temporaryFolder(t);
  const missing = join(folder, 'missing');
  assert.throws(() => open(missing), {
    name: 'ProcessError',
    code: 'ENOENT',
    syscall: 'open',
    errno: 2,
    message: `cannot open "${missing}": no such file or directory (ENOENT)`,
  });
  assert.throws(() => open(folder, 'w'), { name: 'ProcessError', code: 'EISDIR' });
  assert.throws(() => open(join(folder, 'x'.repeat(300))), { code: 'ENAMETOOLONG' });
});

test('what may not be opened is a PermissionError', async (t) => {
  const path = join(await temporaryFolder(t), 'secret');
  writeFileSync(path, '', { mode: 0 });
  const { code, stdout } = await inNode(
    `import { open } from 'brood';
     try { open(process.argv[1]); console.log('opened'); }
     catch (error) { console.log(error.name, error.code); }`.replace(
      'process.argv[1]',
      JSON.stringify(path),
    ),
    isRoot ? otherUser : {},
  );
  assert.equal(stdout, 'PermissionError EACCES\n');
  assert.equal(code, 0);
});

test('each kind of file has its name', async (t) => {
  const fifo = join(await temporaryFolder(t), 'fifo');
  execFileSync('mkfifo', [fifo]);
  const kinds = [
    ['/', 'r', 'directory'],
    ['/dev/null', 'r', 'characterDevice'],
    ['/dev/ptmx', 'r+', 'terminal'],
    [fifo, 'r+', 'pipe'],
  ] as const;
  for (const [path, flags, type] of kinds) {
    using file = open(path, flags);
    assert.equal(file.type, type, path);
  }
});

test('a FIFO that is open for both ways is a stream for either', async (t) => {
  const fifo = join(await temporaryFolder(t), 'fifo');
  execFileSync('mkfifo', [fifo]);
  const both = open(fifo, 'r+');
  const stream = both.duplicate().writable();
  const reader = both.readable();
  stream.write('through');
  const [chunk] = await new Promise<Buffer[]>((resolve) =>
    reader.once('data', (data: Buffer) => resolve([data])),
  );
  assert.equal(String(chunk), 'through');
  stream.destroy();
  reader.destroy();
});

test('devices and terminals are streams too', async () => {
  const nowhere = open('/dev/null', 'w').writable();
  await finished(nowhere.end('gone'));
  const terminal = open('/dev/ptmx', 'r+').duplex();
  await new Promise((resolve) => terminal.once('close', resolve).destroy());
});

test('a directory that is read as a stream fails in the stream', async () => {
  const stream = open('/').readable();
  const failed = new Promise<NodeJS.ErrnoException>((resolve) => stream.once('error', resolve));
  stream.resume();
  assert.equal((await failed).code, 'EISDIR');
});

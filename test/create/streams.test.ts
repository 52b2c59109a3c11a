import assert from 'node:assert/strict';
import { createReadStream, createWriteStream, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { PassThrough, Readable, Writable } from 'node:stream';
import { finished } from 'node:stream/promises';
import { test } from 'node:test';

import { run, spawn } from 'brood';

import { inNode } from '../harness/in-node.ts';
import { until } from '../harness/proc.ts';
import { temporaryFolder } from '../harness/temp.ts';

async function* numbers(count: number): AsyncGenerator<string> {
  for (let i = 0; i < count; i++) yield `${i}\n`;
}

test('input from a string, bytes, a stream, an iterable', async () => {
  const sources = ['ab', new TextEncoder().encode('ab'), Readable.from(['a', 'b']), numbers(2)];
  const expected = ['ab', 'ab', 'ab', '0\n1\n'];
  for (const [i, source] of sources.entries()) {
    const child = await spawn('cat', [], { stdin: source });
    assert.equal(child.stdin, null);
    const said: Uint8Array[] = [];
    child.stdout?.on('data', (chunk: Uint8Array) => said.push(chunk));
    await child.wait();
    await until(() => child.stdout?.closed, 'the end of the output');
    assert.equal(Buffer.concat(said).toString(), expected[i]);
  }
});

test('input from a web stream and from a file', async (t) => {
  const path = join(await temporaryFolder(t), 'input');
  writeFileSync(path, 'from a file');
  const web = new Response('from the web').body as ReadableStream<Uint8Array> | null;
  assert.ok(web);
  assert.equal((await run('cat', { input: web })).stdout, 'from the web');
  const file = createReadStream(path);
  assert.equal((await run('cat', { input: file })).stdout, 'from a file');
  assert.equal(file.closed, true);
});

test('empty input is an end at once', async () => {
  assert.equal((await run('cat', { input: '' })).stdout, '');
  assert.equal((await run('cat', { input: Readable.from([]) })).stdout, '');
  assert.equal((await run('cat')).stdout, '');
  assert.equal((await run('cat', { stdin: 'pipe' })).stdout, '');
});

test('a child that ignores its input is no error', async () => {
  const much = 'x'.repeat(4_000_000);
  assert.equal((await run('true', { input: much })).status.code, 0);
  assert.equal((await run('head', ['-c', '3'], { input: much })).stdout, 'xxx');
  const endless = Readable.from(
    (async function* () {
      for (;;) yield 'y\n';
    })(),
  );
  assert.equal((await run('head', ['-1'], { input: endless })).stdout, 'y\n');
  await until(() => endless.destroyed, 'the source to be let go');
});

test('a source that says nothing does not hold up the end', async () => {
  const silent = new PassThrough();
  assert.equal((await run('true', { input: silent })).status.code, 0);
  await until(() => silent.destroyed, 'the source to be let go');
  let returned = false;
  const never: AsyncIterable<string> = {
    [Symbol.asyncIterator]: () => ({
      next: () => new Promise(() => {}),
      return: () => {
        returned = true;
        return Promise.resolve({ done: true, value: undefined });
      },
    }),
  };
  const child = await spawn('true', [], { stdin: never, stdout: 'ignore', stderr: 'ignore' });
  await child.wait();
  await until(() => returned, 'the iterator to be closed');
});

test('a source that fails stops the program and rejects with its own error', async () => {
  const failure = new Error('the source broke');
  async function* breaks(): AsyncGenerator<string> {
    yield 'some\n';
    throw failure;
  }
  await assert.rejects(run('cat', { input: breaks() }), failure);
  await assert.rejects(run('cat', { input: Readable.from(breaks()) }), failure);
  const wrong = Readable.from([7]) as AsyncIterable<string>;
  await assert.rejects(run('cat', { input: wrong }), { code: 'ERR_INVALID_ARG_TYPE' });
});

test('under spawn() such a failure is an unhandled rejection, and the child is stopped', async () => {
  const { stdout, stderr } = await inNode(`
    import { spawn } from 'brood';
    process.on('unhandledRejection', (error) => console.log('unhandled', error.message));
    async function* breaks() { throw new Error('broke'); }
    const child = await spawn('cat', [], { stdin: breaks() });
    console.log(String(await child.wait()));
  `);
  const lines = stdout.trimEnd().split('\n').toSorted();
  assert.deepEqual(lines, ['killed by SIGTERM', 'unhandled broke'], stderr);
});

test('output flows into a Writable, which is ended with it', async (t) => {
  const path = join(await temporaryFolder(t), 'output');
  const file = createWriteStream(path);
  const child = await spawn('seq', ['100000'], { stdin: 'ignore', stdout: file });
  assert.equal(child.stdout, null);
  await finished(file);
  await child.wait();
  assert.equal(readFileSync(path, 'utf8').split('\n').length, 100_001);
});

test('both outputs may flow into one Writable; it ends with the last', async () => {
  const both = new PassThrough();
  let said = '';
  both.setEncoding('utf8').on('data', (text: string) => (said += text));
  const { stdout, stderr } = await run('sh', ['-c', 'echo out; exec >&-; echo err >&2'], {
    stdout: both,
    stderr: both,
  });
  assert.deepEqual([stdout, stderr], ['', '']);
  assert.deepEqual(said.trimEnd().split('\n').toSorted(), ['err', 'out']);
  assert.equal(both.writableFinished, true);
});

test('a slow Writable slows the child down, and nothing is lost', async () => {
  let bytes = 0;
  const slow = new Writable({
    highWaterMark: 1000,
    write(chunk: Uint8Array, _encoding, done) {
      bytes += chunk.length;
      setImmediate(done);
    },
  });
  await run('head', ['-c', '3000000', '/dev/zero'], { stdout: slow, drain: 20 });
  assert.equal(bytes, 3_000_000);
});

test('a Writable that fails ends the child as a closed pipe does, and rejects', async () => {
  const failure = new Error('the disk is full');
  const broken = new Writable({ write: (_chunk, _encoding, done) => done(failure) });
  await assert.rejects(run('yes', { stdout: broken }), failure);
});

test('process.stdout is written to and stays open', async () => {
  const { stdout, stderr } = await inNode(`
    import { run, spawn } from 'brood';
    await run('echo', ['one'], { stdout: process.stdout });
    const child = await spawn('sh', ['-c', 'echo two; echo three >&2'], {
      stdout: process.stdout,
      stderr: process.stderr,
    });
    await child.wait();
    setTimeout(() => console.log('four'), 50);
  `);
  assert.deepEqual([stdout, stderr], ['one\ntwo\nfour\n', 'three\n']);
});

test('our own standard input can be handed on', async () => {
  const { stdout, stderr } = await inNode(
    `import { run } from 'brood';
     console.log((await run('wc', ['-c'], { input: process.stdin })).stdout.trim());
     console.log((await run('true', { input: process.stdin })).status.code);`,
    { input: 'x'.repeat(300_000) },
  );
  assert.equal(stdout, '300000\n0\n', stderr);
});

/** fork(): two processes of one, each whole. */
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { features, fork } from 'brood';

import { withFork } from '../harness/fork-code.ts';
import { hasEnded, until } from '../harness/proc.ts';

test('features() says that fork can be had here', () => {
  assert.match(features().fork.reason, /^fork\(2\) in Node/);
  assert.equal(features().fork.available, true);
});

test('fork() returns in both, with the pids of the kernel', async () => {
  const { told, stderr } = await withFork(`
    const parent = process.pid;
    const child = fork();
    const stat = readFileSync('/proc/self/stat', 'latin1').split(' ');
    if (child.isCurrent) {
      tell([child === current, current.pid === Number(stat[0]), process.pid === current.pid,
        process.ppid === parent, current.ppid === parent, process.pid !== parent]);
    } else {
      const status = await child.wait();
      tell([child === current, child.pid !== parent, process.pid === parent, status.code]);
      tell([child.isAlive(), String(child), child.signal('SIGTERM')]);
    }
  `);
  assert.deepEqual(told.length, 3, stderr);
  assert.deepEqual(told[0], [true, true, true, true, true, true]);
  assert.deepEqual(told[1], [false, true, true, 0]);
  assert.equal((told[2] as unknown[])[0], false);
  assert.match(String((told[2] as unknown[])[1]), /^Process \d+ \(exited with code 0\)$/);
  assert.equal((told[2] as unknown[])[2], false);
});

test('memory is there on both sides, and written to on one', async () => {
  const { told, stderr } = await withFork(`
    const list = Array.from({ length: 100_000 }, (_, i) => ({ i }));
    const bytes = Buffer.alloc(1 << 20, 7);
    const shared = new Int32Array(new SharedArrayBuffer(4));
    const status = await inChild(() => {
      tell([list.length, list[99_999].i, bytes.every((byte) => byte === 7)]);
      list.length = 0;
      bytes.fill(1);
      shared[0] = 1;
    });
    tell([status.code, list.length, bytes[0], shared[0]]);
  `);
  assert.deepEqual(
    told,
    [
      [100_000, 99_999, true],
      [0, 100_000, 7, 0],
    ],
    stderr,
  );
});

test('what is under way in threads at the moment of the fork is delivered to both', async () => {
  const { told, stderr } = await withFork(`
    import { readFile } from 'node:fs/promises';
    import { pbkdf2, randomFill } from 'node:crypto';
    import { gzip } from 'node:zlib';
    import { lookup } from 'node:dns/promises';
    import { promisify } from 'node:util';
    const module = new Uint8Array([0, 97, 115, 109, 1, 0, 0, 0]);
    const underWay = () => Promise.all([
      readFile('/proc/self/stat'),
      promisify(pbkdf2)('a', 'b', 20_000, 32, 'sha256'),
      promisify(gzip)(Buffer.alloc(1 << 20)),
      lookup('localhost'),
      promisify(randomFill)(Buffer.alloc(64)),
      WebAssembly.compile(module),
      new Promise((resolve) => setTimeout(resolve, 10)),
      new Promise((resolve) => setImmediate(resolve)),
      Promise.resolve(),
    ]);
    for (let i = 0; i < 5; i++) {
      const all = underWay();
      const child = fork();
      if (child.isCurrent) watchdog();
      const count = (await all).length;
      if (child.isCurrent) process.exit(count);
      tell([count, (await child.wait()).code]);
    }
  `);
  assert.deepEqual(
    told,
    Array.from({ length: 5 }, () => [9, 9]),
    stderr,
  );
});

test('in the child everything of Node works', async () => {
  const { told, stderr } = await withFork(`
    import { createServer } from 'node:http';
    import { execFileSync } from 'node:child_process';
    import { connect } from 'node:net';
    import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
    import { scrypt } from 'node:crypto';
    import { brotliCompressSync, gunzipSync, gzip } from 'node:zlib';
    import { promisify } from 'node:util';
    import { Worker } from 'node:worker_threads';
    const status = await inChild(async () => {
      const server = createServer((request, response) => response.end(request.url));
      await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
      const { port } = server.address();
      tell(['fetch', await (await fetch('http://127.0.0.1:' + port + '/hello')).text()]);
      const socket = connect(port, '127.0.0.1');
      await new Promise((resolve) => socket.once('connect', resolve));
      socket.destroy();
      server.close();
      server.closeAllConnections();
      const folder = await mkdtemp('/tmp/brood-fork-');
      await writeFile(folder + '/a', 'text');
      tell(['fs', await readFile(folder + '/a', 'utf8')]);
      await rm(folder, { recursive: true });
      tell(['zlib', gunzipSync(await promisify(gzip)('zipped')).toString(), brotliCompressSync('x').length > 0]);
      tell(['scrypt', (await promisify(scrypt)('a', 'b', 32)).length]);
      tell(['wasm', String(await WebAssembly.compile(new Uint8Array([0, 97, 115, 109, 1, 0, 0, 0])))]);
      const worker = new Worker('const { parentPort } = require("node:worker_threads"); parentPort.postMessage(process.pid)', { eval: true, execArgv: [] });
      tell(['worker', (await new Promise((resolve) => worker.once('message', resolve))) === process.pid]);
      await worker.terminate();
      tell(['child_process', execFileSync('sh', ['-c', 'echo $PPID'], { encoding: 'utf8' }).trim() === String(process.pid)]);
      const child = await spawn('sh', ['-c', 'echo $PPID; exit 7']);
      const lines = [];
      for await (const line of child) lines.push(Number(line));
      tell(['spawn', lines[0] === process.pid, (await child.wait()).code]);
      let sum = 0;
      for (let i = 0; i < 3e6; i++) sum += i % 7;
      for (let i = 0; i < 50; i++) Array.from({ length: 20_000 }, (_, j) => ({ j }));
      tell(['jit and garbage', sum]);
    });
    tell(String(status));
  `);
  assert.deepEqual(
    told,
    [
      ['fetch', '/hello'],
      ['fs', 'text'],
      ['zlib', 'zipped', true],
      ['scrypt', 32],
      ['wasm', '[object WebAssembly.Module]'],
      ['worker', true],
      ['child_process', true],
      ['spawn', true, 7],
      ['jit and garbage', 8999994],
      'exited with code 0',
    ],
    stderr,
  );
});

test('a forked child forks, six deep, and each waits for its own', async () => {
  const { told, stderr } = await withFork(`
    const descend = async (depth) => {
      if (depth === 6) return;
      const status = await inChild(() => {
        const module = new Uint8Array([0, 97, 115, 109, 1, 0, 0, 0]);
        return WebAssembly.compile(module).then(() => descend(depth + 1)).then(() => process.exit(depth));
      });
      tell([depth, status.code]);
    };
    await descend(0);
  `);
  assert.deepEqual(
    told,
    [5, 4, 3, 2, 1, 0].map((depth) => [depth, depth]),
    stderr,
  );
});

test('a listening server goes on in both: four processes on one port', async () => {
  const { told, stderr } = await withFork(`
    import { createServer } from 'node:http';
    const server = createServer((request, response) => {
      response.setHeader('connection', 'close');
      response.end(String(process.pid));
    });
    await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address();
    const workers = [];
    for (let i = 0; i < 4; i++) {
      const worker = fork();
      if (worker.isCurrent) {
        watchdog();
        process.once('SIGTERM', () => process.exit(0));
        break;
      }
      workers.push(worker);
    }
    if (workers.length === 4) {
      server.close();
      const served = new Set();
      await until(async () => {
        served.add(Number(await (await fetch('http://127.0.0.1:' + port)).text()));
        return served.size > 1;
      });
      tell(workers.some(({ pid }) => served.has(pid)) && !served.has(process.pid));
      for (const worker of workers) worker.signal('SIGTERM');
      tell(await Promise.all(workers.map(async (worker) => (await worker.wait()).code)));
    }
  `);
  assert.deepEqual(told, [true, [0, 0, 0, 0]], stderr);
});

test('the handle of a forked child does not keep its parent, and the child outlives it', async () => {
  const { told, code, stderr } = await withFork(`
    const parent = process.pid;
    const child = fork();
    if (child.isCurrent) {
      watchdog();
      await until(() => process.ppid !== parent);
      // Somebody who reads the output would wait for a child that lives on.
      await sleep(5);
    } else {
      tell(child.pid);
    }
  `);
  assert.equal(code, 0, stderr);
  assert.equal(told.length, 1);
  await until(() => hasEnded(told[0] as number), 'the end of the child');
});

test('what is no option is refused before anything is done', () => {
  for (const options of [null, 5, 'x']) {
    assert.throws(() => fork(options as never), { code: 'ERR_INVALID_ARG_TYPE' });
  }
  assert.throws(() => fork({ settle: '1' as never }), { code: 'ERR_INVALID_ARG_TYPE' });
  assert.throws(() => fork({ settle: -1 }), { code: 'ERR_OUT_OF_RANGE' });
  assert.throws(() => fork({ settle: NaN }), { code: 'ERR_OUT_OF_RANGE' });
});

/** When a fork(entry) waits, when it is refused, and what of the parent's work it leaves behind. */
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { fork } from 'brood';

import { withFork } from '../harness/fork-code.ts';
import { inNode } from '../harness/in-node.ts';

test('work of other threads is waited for while the loop goes on, up to a bound', async () => {
  const { told, stderr } = await withFork(`
    import { pbkdf2 } from 'node:crypto';
    import { promisify } from 'node:util';
    let ticks = 0;
    const interval = setInterval(() => ticks++, 5);
    const long = promisify(pbkdf2)('a', 'b', 400_000, 32, 'sha512').then(() => tell(process.pid === parent ? 'derived' : 'derived in the child'));
    const parent = process.pid;
    tell(await fork(() => process.exit(99), { settle: 20 }).catch((error) => [error.name, error.code]));
    const child = await fork(() => sleep(200));
    await long;
    tell(ticks > 3);
    clearInterval(interval);
    tell((await child.wait()).code);
  `);
  assert.deepEqual(told, [['UnsupportedError', 'ERR_FORK_BUSY'], 'derived', true, 0], stderr);
});

test('a program that always has something under way forks all the same', async () => {
  const { told, stderr } = await withFork(`
    import { readFile } from 'node:fs/promises';
    const parent = process.pid;
    let busy = true;
    const loops = Array.from({ length: 8 }, async () => {
      while (busy) await readFile('/proc/self/maps');
      if (process.pid !== parent) tell('it went on in the child');
    });
    const codes = [];
    for (let i = 0; i < 5; i++) codes.push((await (await fork(async () => {
      busy = false;
      await readFile('/proc/self/stat');
      await sleep(20);
      process.exit(i);
    })).wait()).code);
    busy = false;
    await Promise.all(loops);
    tell(codes);
  `);
  assert.deepEqual(told, [[0, 1, 2, 3, 4]], stderr);
});

test('what only the other side can bring to an end is no reason to wait, and stays with the parent', async () => {
  const { told, stderr } = await withFork(`
    import { connect, createServer } from 'node:net';
    const server = createServer();
    await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
    const accepted = new Promise((resolve) => server.once('connection', resolve));
    const socket = connect(server.address().port, '127.0.0.1');
    const other = await accepted;
    const long = Buffer.alloc(20_000_000, 'x');
    let written = 0;
    socket.write(long, () => written++);
    const unanswered = connect(81, '10.255.255.1').on('error', () => {});
    const child = await fork(async () => {
      await sleep(50);
      socket.destroy();
      unanswered.destroy();
      await sleep(50);
      process.exit(written);
    });
    tell((await child.wait()).code);
    let read = 0;
    for await (const data of other) {
      read += data.length;
      if (read === long.length) break;
    }
    await until(() => written === 1);
    tell(read);
    unanswered.destroy();
    socket.destroy();
    server.close();
  `);
  assert.deepEqual(told, [0, 20_000_000], stderr);
});

test('what the parent awaits of WebAssembly, messages and results is told to the parent alone', async () => {
  const { told, stderr } = await withFork(`
    const parent = process.pid;
    const module = new Uint8Array([0, 97, 115, 109, 1, 0, 0, 0]);
    const say = (what) => tell(process.pid === parent ? what : what + ' in the child');
    const heard = [];
    for (let i = 0; i < 10; i++) {
      const { port1, port2 } = new MessageChannel();
      const all = [
        WebAssembly.compile(module),
        new Promise((resolve) => port2.once('message', resolve)),
        (await import('node:fs/promises')).readFile('/proc/self/stat'),
        new Promise((resolve) => setImmediate(resolve)),
        (async () => { for (let n = 0; n < 50; n++) await null; })(),
      ].map((each) => each.then(() => heard.push(process.pid === parent) && process.pid !== parent && say('told')));
      port1.postMessage(1);
      const child = await fork(() => sleep(20));
      await Promise.all(all);
      port1.close();
      if ((await child.wait()).code !== 0) say('failed');
    }
    tell(heard.length);
  `);
  assert.deepEqual(told, [50], stderr);
});

test('a worker thread refuses it, with the reason; so does a Node without the addon', async () => {
  const { told, stderr } = await withFork(`
    import { Worker } from 'node:worker_threads';
    const worker = new Worker('setInterval(() => {}, 1000)', { eval: true, execArgv: [] });
    await new Promise((resolve) => worker.once('online', resolve));
    tell(await fork(() => process.exit(99)).catch((error) => [error.name, error.code]));
    await worker.terminate();
    const child = await fork(() => {});
    tell((await child.wait()).code);
  `);
  assert.deepEqual(told, [['UnsupportedError', 'ERR_FORK_THREADS'], 0], stderr);
  const { stdout } = await inNode(
    `import { features, fork } from 'brood';
     const { name } = await fork(() => process.exit(99)).catch((error) => error);
     console.log(name, features().forkEntry.available);`,
    { env: { BROOD_PLATFORM: 'portable' } },
  );
  assert.equal(stdout, 'UnsupportedError false\n');
});

test('a fork that was asked for before fork() is made by the parent alone', async () => {
  const { told, stderr } = await withFork(`
    const asked = fork(() => process.exit(3));
    const copy = fork();
    if (copy.isCurrent) {
      void asked.then(() => tell('made in the child'));
      await sleep(100);
      process.exit(current.children().length);
    }
    tell([(await (await asked).wait()).code, (await copy.wait()).code]);
  `);
  assert.deepEqual(told, [[3, 0]], stderr);
});

test('hooks of onFork() run before the entry, and randomness does not repeat', async () => {
  const { told, stderr } = await withFork(`
    const ran = [];
    onFork(() => ran.push(process.pid));
    const draw = () => [Math.random(), crypto.randomUUID(), crypto.getRandomValues(new Uint32Array(1))[0]].join();
    draw();
    const child = async () => {
      const each = await fork(() => tell([ran.length === 1 && ran[0] === process.pid, draw()]));
      await each.wait();
    };
    await child();
    await child();
    tell([ran.length === 0, draw()]);
  `);
  assert.equal(told.length, 3, stderr);
  const [right, draws] = [
    told.map((line) => (line as unknown[])[0]),
    told.map((line) => (line as unknown[])[1]),
  ];
  assert.deepEqual(right, [true, true, true], stderr);
  assert.equal(new Set(draws.flatMap((line) => String(line).split(','))).size, 9);
});

test('an inspector.Session is left open nowhere: fork() works after fork(entry), and no thread is added', async () => {
  const { told, stderr } = await withFork(`
    const threads = () => readdirSync('/proc/self/task').length;
    const before = threads();
    tell((await (await fork(() => {})).wait()).code);
    tell([threads() - before, (await import('node:inspector')).url() === undefined]);
    const copy = fork();
    if (copy.isCurrent) process.exit(4);
    tell((await copy.wait()).code);
  `);
  assert.deepEqual(told, [0, [0, true], 4], stderr);
  await assert.doesNotReject(fork(() => {}).then((child) => child.wait()));
});

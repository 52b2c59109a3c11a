/** fork(entry): only the entry runs in the child, and nothing of the parent is disturbed. */
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { features, fork } from 'brood';

import { busyProgram } from '../harness/busy-program.ts';
import { withFork } from '../harness/fork-code.ts';

test('features() says that it can be had here', () => {
  assert.equal(features().forkEntry.available, true, features().forkEntry.reason);
});

test('what the entry closes over is there, and its pids are right', async () => {
  const { told, stderr } = await withFork(`
    const parent = process.pid;
    const list = Array.from({ length: 100_000 }, (_, i) => ({ i }));
    const child = await fork(() => {
      const stat = readFileSync('/proc/self/stat', 'latin1').split(' ');
      tell([list.length, list[99_999].i, process.pid === Number(stat[0]), current.pid === process.pid,
        process.ppid === parent, current.ppid === parent, current.isCurrent, process.pid !== parent]);
      list.length = 0;
    });
    tell([child.constructor.name, child.isCurrent, child.pid !== parent, (await child.wait()).code, list.length]);
    tell([child.stdin, child.stdout, child.stderr, child.isAlive(), child.signal('SIGTERM')]);
  `);
  assert.deepEqual(
    told,
    [
      [100_000, 99_999, true, true, true, true, true, true],
      ['Child', false, true, 0, 100_000],
      [null, null, null, false, false],
    ],
    stderr,
  );
});

test('nothing that the parent has goes on in the child, whatever the child does', async () => {
  const { told, stderr, code } = await withFork(
    busyProgram +
      `
    setImmediate(() => say('immediate'));
    port1.postMessage('posted before');
    process.nextTick(() => say('tick'));
    client.write('before');
    const child = await fork(async () => {
      setTimeout(() => {}, 30);
      port1.postMessage('posted in the child');
      await sleep(30);
      for (let i = 0; i < 5; i++) await readFile('/proc/self/stat');
      const own = createServer((request, response) => response.end("the child's own"));
      await new Promise((resolve) => own.listen(0, '127.0.0.1', resolve));
      const at = 'http://127.0.0.1:' + own.address().port;
      tell(await (await fetch(at)).text());
      tell(await (await fetch('http://127.0.0.1:' + port)).text());
      const ended = await spawn('sh', ['-c', 'exit 7']);
      tell((await ended.wait()).code);
      const other = nodeSpawn('sh', ['-c', 'exit 8']);
      tell(await new Promise((resolve) => other.on('exit', resolve)));
      own.close();
      own.closeAllConnections();
      writeFileSync(folder + '/written', 'by the child');
      writeFileSync(folder + '/polled', 'by the child');
      await sleep(500);
      tell([signals.disposition('SIGTERM'), signals.disposition('SIGUSR2'), signals.disposition('SIGHUP'),
        signals.disposition('SIGINT'), signals.disposition('SIGPIPE')]);
      process.exitCode = 5;
    });
    client.write('after');
    port1.postMessage('posted after');
    const answers = [];
    while (child.isAlive()) {
      answers.push(await ask());
      udp.send('datagram', udp.address().port);
      await sleep(20);
    }
    tell(String(await child.wait()));
    tell(answers.every((text) => text === 'of parent') && answers.length > 5);
    tell([client.destroyed, signals.disposition('SIGINT')]);
    process.kill(process.pid, 'SIGUSR2');
    await finish();
  `,
  );
  assert.equal(code, 0, stderr);
  const said = told.filter(
    (line) => Array.isArray(line) && /parent|CHILD/.test(String(line[0])),
  ) as [string, string][];
  assert.deepEqual(
    said.filter(([who]) => who === 'CHILD'),
    [],
    stderr,
  );
  const others = told.filter((line) => !said.includes(line as [string, string]));
  assert.deepEqual(
    others,
    [
      "the child's own",
      'of parent',
      7,
      8,
      ['default', 'default', 'default', 'default', 'ignored'],
      'exited with code 5',
      true,
      [false, 'ignored'],
      'at last',
    ],
    stderr,
  );
  const things = new Set(said.map(([, what]) => what));
  for (const what of [
    'interval',
    'timeout',
    'immediate',
    'tick',
    'raw beforeafter',
    'udp datagram',
    'watch',
    'watchFile',
    'kid',
    'exit of kid',
    'sibling',
    'end of sibling 0',
    'SIGUSR2',
    'message posted before',
    'message posted after',
    'abort',
    'fetch at last',
    'beforeExit',
    'exit',
    'exitor',
  ]) {
    const found = what.startsWith('raw')
      ? things.has(what) || things.has('raw after')
      : things.has(what);
    assert.ok(found, `the parent lost: ${what}; it had ${[...things].join(', ')}`);
  }
  assert.ok(!things.has('client closed') || said.at(-1)?.[1] !== 'client error');
});

test('the parent may close everything: the child held nothing of it', async () => {
  const { told, stderr } = await withFork(
    busyProgram +
      `
    const heard = [];
    const { readEnd, writeEnd } = (await import('brood')).pipe();
    const child = await fork(async () => {
      await until(() => readFileSync('/proc/self/stat').length > 0);
      process.stdin.resume();
      await new Promise((resolve) => process.stdin.on('end', resolve));
    }, { stdin: 'pipe' });
    // The other side of a connection sees its end though the child lives.
    const closed = new Promise((resolve) => raw.once('connection', (socket) => socket.on('close', resolve)));
    const second = connect(raw.address().port, '127.0.0.1');
    await new Promise((resolve) => second.once('connect', resolve));
    second.destroy();
    await closed;
    await finish();
    // Nobody listens there any more.
    tell(await new Promise((resolve) => connect(port, '127.0.0.1').on('connect', () => resolve('served')).on('error', (error) => resolve(error.code))));
    tell(child.isAlive());
    child.stdin.end();
    tell((await child.wait()).code);
    readEnd.close();
    writeEnd.close();
  `,
  );
  const others = told.filter((line) => !(Array.isArray(line) && line[0] === 'parent'));
  assert.deepEqual(others, ['at last', 'ECONNREFUSED', true, 0], stderr);
});

test('fork() and fork(entry) are told apart, and misuse rejects before anything is done', async () => {
  const never = (): never => assert.fail('it ran');
  await assert.rejects(fork(never, null as never), { code: 'ERR_INVALID_ARG_TYPE' });
  await assert.rejects(fork(never, { setle: 5 } as never), /did you mean 'settle'/);
  await assert.rejects(fork(never, { shell: true } as never), { code: 'ERR_INVALID_ARG_VALUE' });
  await assert.rejects(fork(never, { settle: -1 }), { code: 'ERR_OUT_OF_RANGE' });
  await assert.rejects(fork(never, { keep: 5 as never }), { code: 'ERR_INVALID_ARG_TYPE' });
  await assert.rejects(fork(never, { keep: [{}] }), /keep\[0\].*server, socket or stream/);
  await assert.rejects(fork(never, { keep: [987_654] }), /keep\[0\].*open descriptor/);
  await assert.rejects(fork(never, { fds: { 3: 'pipe' } }), /fds\.3.*free in this program/);
  await assert.rejects(fork(never, { signal: AbortSignal.abort() }), { name: 'AbortError' });
});

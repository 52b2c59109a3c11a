/** fork() in programs that are not alone: with a channel, under limits, without /proc, with io_uring. */
import assert from 'node:assert/strict';
import { fork as nodeFork } from 'node:child_process';
import { test } from 'node:test';

import { otherUser } from '../harness/as-user.ts';
import { fixture } from '../harness/fixture.ts';
import { withFork } from '../harness/fork-code.ts';
import { requireProgram } from '../harness/programs.ts';

test('a channel of messages to the parent of Node stays with the program that has it', async () => {
  const program = nodeFork(fixture('fork-with-channel'), {
    execArgv: [],
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  const answers: unknown[] = [];
  program.on('message', (message) => answers.push(message));
  await new Promise((resolve) => program.once('message', resolve));
  for (let i = 0; i < 200; i++) program.send(i);
  program.send('end');
  const code = await new Promise((resolve) => program.once('close', resolve));
  assert.equal(code, 0);
  assert.deepEqual(answers, ['ready', ...Array.from({ length: 200 }, (_, i) => i), 'child: 7']);
});

test('the limit of processes is an error with its errno, and the parent goes on', async () => {
  const { told, stderr } = await withFork(
    `
    current.limits = { processes: { soft: 1, hard: 1 } };
    try {
      if (fork().isCurrent) process.exit(0);
    } catch (error) {
      tell([error.name, error.code, error.syscall]);
    }
    tell(await WebAssembly.compile(new Uint8Array([0, 97, 115, 109, 1, 0, 0, 0])).then(String));
    tell((await import('node:fs')).readFileSync('/proc/self/stat', 'latin1').length > 0);
  `,
    process.getuid?.() === 0 ? otherUser : {},
  );
  assert.deepEqual(
    told,
    [['ProcessError', 'EAGAIN', 'fork'], '[object WebAssembly.Module]', true],
    stderr,
  );
});

test('a program without /proc is told that it cannot fork', async (t) => {
  if (process.getuid?.() !== 0) {
    t.skip('only root can hide /proc');
    return;
  }
  if (!requireProgram(t, 'unshare')) return;
  const { told, stderr } = await withFork(
    `
    tell(features().fork);
    try { fork(); } catch (error) { tell([error.name, error.message]); }
  `,
    { wrap: ['unshare', '--mount', 'sh', '-c', 'mount -t tmpfs none /proc && exec "$@"', 'sh'] },
  );
  const reason = '/proc/self/maps cannot be read';
  assert.deepEqual(told[0], { available: false, reason }, stderr);
  assert.deepEqual((told[1] as string[])[0], 'UnsupportedError');
  assert.match((told[1] as string[])[1] ?? '', /cannot fork: \/proc\/self\/maps cannot be read/);
});

test('io_uring: it goes on in both, and in Node 20, which could not, is refused', async () => {
  const { told, stderr } = await withFork(
    `
    import { readFile } from 'node:fs/promises';
    try {
      await readFile('/proc/self/stat');
      const reading = Promise.all(Array.from({ length: 20 }, () => readFile('/etc/passwd')));
      const child = fork();
      if (child.isCurrent) process.exit((await reading).length);
      tell([(await reading).length, (await child.wait()).code]);
    } catch (error) {
      tell(error.message);
    }
  `,
    { env: { UV_USE_IO_URING: '1' } },
  );
  if (process.version.startsWith('v20.')) {
    assert.deepEqual(told, ['cannot fork: UV_USE_IO_URING is set, which Node 20 cannot fork with']);
  } else {
    assert.deepEqual(told, [[20, 20]], stderr);
  }
});

test('contexts, channels, time-outs and watchers go on in both', async () => {
  const { told, stderr } = await withFork(`
    import { AsyncLocalStorage } from 'node:async_hooks';
    import { mkdtempSync, rmSync, watch, writeFileSync } from 'node:fs';
    const folder = mkdtempSync('/tmp/brood-watch-');
    const storage = new AsyncLocalStorage();
    const heard = [];
    const watcher = watch(folder, () => heard.push('watch'));
    const { port1, port2 } = new MessageChannel();
    port1.once('message', (text) => heard.push(text));
    port2.postMessage('channel');
    AbortSignal.timeout(30).onabort = () => heard.push('timeout');
    const cell = new Int32Array(new SharedArrayBuffer(4));
    void Atomics.waitAsync(cell, 0, 0).value.then(() => heard.push('atomics'));
    await storage.run('context', async () => {
      const child = fork();
      if (child.isCurrent) watchdog();
      Atomics.notify(cell, 0);
      await sleep(60);
      heard.push(storage.getStore());
      // Each side touches the folder, and the other is told as well.
      writeFileSync(folder + '/' + process.pid, '');
      await until(() => new Set(heard).size === 5);
      if (child.isCurrent) process.exit(new Set(heard).size);
      tell([new Set(heard).size, (await child.wait()).code]);
    });
    watcher.close();
    port1.close();
    rmSync(folder, { recursive: true });
  `);
  assert.deepEqual(told, [[5, 5]], stderr);
});

test('a fork while Node waits for its background work: the child comes to its end', async () => {
  // Nothing else keeps the loop alive, so what awaits is run where Node waits for its threads.
  const { told, stderr } = await withFork(`
    const compile = () => WebAssembly.compile(new Uint8Array([0, 97, 115, 109, 1, 0, 0, 0]));
    for (let i = 0; i < 5; i++) {
      await compile();
      const child = fork();
      if (child.isCurrent) {
        watchdog();
        await compile();
        process.exitCode = 7;
        break;
      }
      await compile();
      tell((await child.wait()).code);
    }
  `);
  assert.deepEqual(told, [7, 7, 7, 7, 7], stderr);
});

/** What a fork would break is refused before anything has changed, by name and with a way out. */
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { runNode } from '../harness/fixture.ts';
import { withFork } from '../harness/fork-code.ts';
import { inNode } from '../harness/in-node.ts';
import { root } from '../harness/root.ts';
import { temporaryFolder } from '../harness/temp.ts';

/** Tries to fork; tells why not, that nobody was born, and that a fork succeeds after `mended`. */
function refused(before: string, after = ''): string {
  return `
    const children = () => readFileSync('/proc/self/task/' + process.pid + '/children', 'latin1').trim();
    const tryTo = async (options) => {
      try {
        const child = fork(options);
        if (child.isCurrent) process.exit(0);
        return [(await child.wait()).code];
      } catch (error) {
        return [error.name, error.code, error.message, children()];
      }
    };
    ${before}
    tell(await tryTo({ settle: 300 }));
    ${after}
  `;
}

async function told(code: string, options = {}): Promise<unknown[][]> {
  const { told: lines, stderr } = await withFork(code, options);
  assert.notEqual(lines.length, 0, stderr);
  return lines as unknown[][];
}

function assertRefused(
  [name, code, message, children]: unknown[],
  expected: string,
  words: RegExp,
): void {
  assert.deepEqual([name, code, children], ['UnsupportedError', expected, ''], String(message));
  assert.match(String(message), /^cannot fork: /);
  assert.match(String(message), words);
  assert.match(String(message), /spawn\(process\.execPath/);
}

test('worker threads: refused while there is one, and not afterwards', async () => {
  const [first, second] = await told(
    refused(
      `
      import { Worker } from 'node:worker_threads';
      const worker = new Worker('setInterval(() => {}, 1000)', { eval: true, execArgv: [] });
      await new Promise((resolve) => worker.once('online', resolve));
    `,
      'await worker.terminate(); tell(await tryTo());',
    ),
  );
  assertRefused(first ?? [], 'ERR_FORK_THREADS', /threads besides Node's own \(\d+ '.+'\)/);
  assert.deepEqual(second, [0]);
});

test('a worker that is about to end is waited for', async () => {
  const lines = await told(
    refused(`
      import { Worker } from 'node:worker_threads';
      const worker = new Worker('setTimeout(() => {}, 5)', { eval: true, execArgv: [] });
      await new Promise((resolve) => worker.once('exit', resolve));
    `),
  );
  assert.deepEqual(lines, [[0]]);
});

test('the threads of libuv and V8 are no reason, whatever they have done before', async () => {
  const lines = await told(
    refused(
      `
      import { readFile } from 'node:fs/promises';
      import { pbkdf2Sync, generateKeyPair } from 'node:crypto';
      import { promisify } from 'node:util';
      await readFile('/proc/self/stat');
      await promisify(generateKeyPair)('ec', { namedCurve: 'P-256' });
      await WebAssembly.compile(new Uint8Array([0, 97, 115, 109, 1, 0, 0, 0]));
    `,
      'for (let i = 0; i < 3; i++) tell(await tryTo());',
    ),
  );
  assert.deepEqual(lines, [[0], [0], [0], [0]]);
});

test('another size of the pool is none either', async () => {
  for (const size of ['1', '9']) {
    const lines = await told(
      refused("await (await import('node:fs/promises')).readFile('/proc/self/stat');"),
      { env: { UV_THREADPOOL_SIZE: size } },
    );
    assert.deepEqual(lines, [[0]], size);
  }
});

test('a hooks thread of module.register()', async () => {
  const lines = await told(
    refused(`
      import { register } from 'node:module';
      register('data:text/javascript,export {}');
      await import('node:zlib');
    `),
  );
  assertRefused(lines[0] ?? [], 'ERR_FORK_THREADS', /module\.register/);
});

test('the inspector, by its address; once it is closed a fork succeeds', async () => {
  const [first, second] = await told(
    refused(
      "import inspector from 'node:inspector'; inspector.open(0, '127.0.0.1');",
      'inspector.close(); tell(await tryTo());',
    ),
  );
  assertRefused(first ?? [], 'ERR_FORK_THREADS', /the inspector is on \(ws:\/\/127/);
  assert.deepEqual(second, [0]);
});

test('a profile of the whole program', async (t) => {
  const folder = await temporaryFolder(t);
  const code = `
    import { fork } from 'brood';
    try { fork(); console.log('forked'); } catch (error) { console.log(error.code, error.message); }
  `;
  const { stdout, stderr } = await runNode(
    ['--cpu-prof', `--cpu-prof-dir=${folder}`, '--input-type=module', '--eval', code],
    { cwd: root },
  );
  assert.match(stdout, /^ERR_FORK_THREADS cannot fork: --cpu-prof is on/, stderr);
});

test('a write that the other side does not read; once it is read a fork succeeds', async () => {
  const [first, second] = await told(
    refused(
      `
      import { Socket } from 'node:net';
      import { socketpair } from 'brood';
      const [a, b] = socketpair();
      const out = a.duplex();
      out.write(Buffer.alloc(4 << 20));
      await sleep(20);
    `,
      `
      const into = b.duplex();
      into.resume();
      await new Promise((resolve) => out.end(resolve));
      tell(await tryTo());
      into.destroy();
    `,
    ),
  );
  assertRefused(first ?? [], 'ERR_FORK_BUSY', /1 requests .* within 300 ms/);
  assert.deepEqual(second, [0]);
});

test('a request that ends in time is waited for', async () => {
  const { told: lines, stderr } = await withFork(`
    import { scrypt } from 'node:crypto';
    const key = new Promise((resolve) => scrypt('a', 'b', 64, { N: 1 << 14 }, (error, bytes) => resolve(bytes.length)));
    const child = fork();
    if (child.isCurrent) process.exit(await key);
    tell([await key, (await child.wait()).code]);
  `);
  assert.deepEqual(lines, [[64, 64]], stderr);
});

test('in a worker there is no fork', async () => {
  const { stdout, stderr } = await inNode(`
    import { Worker } from 'node:worker_threads';
    new Worker(\`
      import { features, fork } from 'brood';
      try { fork(); } catch (error) { console.log(error.name, error.message, features().fork.available); }
    \`, { eval: true });
  `);
  assert.match(stdout, /^UnsupportedError cannot fork: this is a worker thread; .* false/, stderr);
});

test('without the addon there is no fork', async () => {
  const { stdout, stderr } = await inNode(
    `
    import { features, fork } from 'brood';
    try { fork(); } catch (error) { console.log(error.name, error.message, features().fork.available); }
  `,
    { env: { BROOD_PLATFORM: 'portable' } },
  );
  assert.match(stdout, /^UnsupportedError fork\(\) needs Linux .* false/, stderr);
});

test('at the limit of descriptors it fails whole, with its errno', async () => {
  const { told: lines, stderr } = await withFork(`
    import { openSync, closeSync } from 'node:fs';
    const open = [];
    fork().isCurrent && process.exit(0);
    current.limits = { openFiles: { soft: 64, hard: 64 } };
    try { for (;;) open.push(openSync('/dev/null')); } catch {}
    const codes = [];
    // One is needed, for the child, and then for the handle on it.
    for (let free = 0; free < 3; free++) {
      try { fork().isCurrent && process.exit(0); } catch (error) { codes.push(error.code); }
      closeSync(open.pop());
    }
    for (const fd of open) closeSync(fd);
    tell([codes, String(await (async () => {
      const child = fork();
      if (child.isCurrent) process.exit(0);
      return child.wait();
    })())]);
  `);
  assert.deepEqual(lines, [[['EMFILE'], 'exited with code 0']], stderr);
});

/** What a fork server imports ahead: modules of every kind, and those that it refuses. */
import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';

import { ProcessError, task, type TaskOptions } from 'brood';

import { byServer, served, type Served } from '../harness/fork-server.ts';
import { inNode } from '../harness/in-node.ts';
import { childrenOf, until } from '../harness/proc.ts';
import { rejection } from '../harness/task-methods.ts';
import { temporaryFolder } from '../harness/temp.ts';

/** Writes a module and gives its path. */
async function moduleOf(t: TestContext, name: string, text: string): Promise<string> {
  const path = join(await temporaryFolder(t), name);
  writeFileSync(path, text);
  return path;
}

/** What a server that imports this module ahead says; nothing of it is left. */
async function refusal(preload: TaskOptions['preload']): Promise<ProcessError> {
  const by = task.with({ method: 'forkserver', execArgv: [], preload });
  const error = await rejection(by(() => 0));
  assert.ok(error instanceof ProcessError, String(error));
  // Asked again it is tried again, and says the same.
  const again = await rejection(by.prepare());
  assert.equal((again as ProcessError).code, error.code);
  await until(() => childrenOf(process.pid).length === 0, 'the end of the server');
  return error;
}

test('ES modules, CommonJS, JSON of a package, built-in modules, in order', async (t) => {
  const cjs = await moduleOf(t, 'one.cjs', 'globalThis.order = ["cjs"]; exports.a = 1;');
  const esm = await moduleOf(t, 'two.mjs', 'globalThis.order.push("esm"); await 0;');
  const by = byServer(t, { preload: ['node:zlib', cjs, new URL(`file://${esm}`)] });
  const loaded = await by()((path: string) => {
    const { order } = globalThis as unknown as { order: string[] };
    return [...order, path in require.cache];
  }, cjs);
  assert.deepEqual(await loaded.result, ['cjs', 'esm', true]);
});

test('the name of a package is looked up from the main module of the program', async (t) => {
  const folder = await temporaryFolder(t);
  const home = join(folder, 'node_modules/parcel-of-tests');
  mkdirSync(home, { recursive: true });
  writeFileSync(join(home, 'package.json'), '{"name":"parcel-of-tests","exports":"./in.mjs"}');
  writeFileSync(join(home, 'in.mjs'), 'globalThis.parcel = process.pid;');
  const main = join(folder, 'main.mjs');
  writeFileSync(
    main,
    `import { task } from ${JSON.stringify(import.meta.resolve('brood'))};
     const t = await task.with({ method: 'forkserver', preload: ['parcel-of-tests'] })(
       () => globalThis.parcel !== undefined && globalThis.parcel !== process.pid);
     console.log(await t.result);`,
  );
  const { run } = await import('brood');
  const { stdout } = await run(process.execPath, [main], { cwd: '/' });
  assert.equal(stdout, 'true\n');
});

test('TypeScript, where this Node runs it', async (t) => {
  const { typescript } = process.features as { typescript?: unknown };
  if (typescript === undefined || typescript === false)
    return t.skip('this Node does not run TypeScript');
  const path = await moduleOf(t, 'typed.mts', 'export const n = (): number => 42 as number;');
  const by = byServer(t, { preload: [path] });
  const asked = await by().module<{ n: () => number }>(path, 'n');
  assert.equal(await asked.result, 42);
});

test('different lists of modules are different servers, the same list is one', async (t) => {
  const path = await moduleOf(t, 'other.mjs', 'export const pid = process.pid;');
  const one = byServer(t);
  const other = byServer(t, { preload: [path, served] });
  const importers = new Set<number>();
  for (const by of [one, other, one, other]) {
    importers.add((await (await by().module<Served, 'who'>(served, 'who')).result).importedBy);
  }
  assert.equal(importers.size, 2);
});

test('a module that cannot be imported is named, with the cause', async (t) => {
  const missing = await refusal(['/nowhere/module.mjs']);
  assert.equal(missing.code, 'ERR_PRELOAD');
  assert.match(
    missing.message,
    /cannot import 'file:\/\/\/nowhere\/module.mjs' ahead: .*Cannot find/,
  );
  const throws = await moduleOf(t, 'throws.mjs', 'throw new RangeError("too far");');
  const thrown = await refusal([served, throws]);
  assert.match(thrown.message, /cannot import '.*throws.mjs' ahead: RangeError: too far/);
  assert.equal((thrown.cause as Error).name, 'RangeError');
  assert.match((thrown.cause as Error).stack ?? '', /throws\.mjs/);
  const syntax = await refusal([await moduleOf(t, 'syntax.mjs', 'const = ;')]);
  assert.match(syntax.message, /SyntaxError/);
});

test('a module that ends the server, or never comes to its end, is named', async (t) => {
  const exits = await refusal([await moduleOf(t, 'exits.mjs', 'process.exit(3);')]);
  assert.equal(exits.code, 'ERR_FORK_SERVER');
  assert.match(exits.message, /ended \(exited with code 3\) while it imported '.*exits.mjs'/);
  const never = await refusal([await moduleOf(t, 'never.mjs', 'await new Promise(() => {});')]);
  assert.match(never.message, /ended \(exited with code \d+\) while it imported '.*never.mjs'/);
  const dies = await moduleOf(
    t,
    'dies.mjs',
    'process.kill(process.pid, "SIGKILL"); await 0; for (;;);',
  );
  assert.match((await refusal([dies])).message, /killed by SIGKILL/);
});

test('what children would share is refused by name: servers, sockets, watches, processes', async (t) => {
  const cases: [name: string, text: string, said: RegExp][] = [
    [
      'server.mjs',
      `import { createServer } from 'node:net';
       const s = createServer(); await new Promise((ok) => s.listen(0, '127.0.0.1', ok));`,
      /tcp server at 127\.0\.0\.1:\d+ \(of '.*server\.mjs'\)/,
    ],
    [
      'unix.mjs',
      `import { createServer } from 'node:net'; import { rmSync } from 'node:fs';
       const path = import.meta.filename + process.pid;
       const s = createServer(); await new Promise((ok) => s.listen(path, ok)); s.unref();`,
      /pipe .*\(of '.*unix\.mjs'\)/,
    ],
    [
      'udp.mjs',
      `import { createSocket } from 'node:dgram';
       const s = createSocket('udp4'); await new Promise((ok) => s.bind(0, ok)); s.unref();`,
      /udp socket at 0\.0\.0\.0:\d+ \(of '.*udp\.mjs'\)/,
    ],
    [
      'watch.mjs',
      `import { watch } from 'node:fs'; watch(import.meta.filename).unref();`,
      /watch of a file \(of '.*watch\.mjs'\)/,
    ],
    [
      'spawns.mjs',
      `import { spawn } from 'node:child_process';
       process.on('exit', () => child.kill());
       const child = spawn('sleep', ['30'], { stdio: 'ignore' }); child.unref();`,
      /child process \d+ \(of '.*spawns\.mjs'\)/,
    ],
  ];
  for (const [name, text, said] of cases) {
    const error = await refusal([served, await moduleOf(t, name, text)]);
    assert.equal(error.code, 'ERR_PRELOAD_HANDLES');
    assert.match(error.message, said);
  }
});

test('threads that a module leaves running are refused by name', async (t) => {
  const path = await moduleOf(
    t,
    'thread.mjs',
    `import { Worker } from 'node:worker_threads';
     const w = new Worker('setInterval(() => {}, 1000)', { eval: true });
     await new Promise((ok) => w.once('online', ok)); w.unref();`,
  );
  const error = await refusal([path]);
  assert.equal(error.code, 'ERR_FORK_SERVER');
  assert.match(
    error.message,
    /cannot serve after importing .*thread\.mjs: .*threads.*\(\d+ '.*'\)/,
  );
});

test('timers, listeners and plain descriptors go on in each task, as if imported there', async (t) => {
  const path = await moduleOf(
    t,
    'alive.mjs',
    `import { openSync } from 'node:fs';
     export let ticks = 0;
     const timer = setInterval(() => { ticks++; }, 5);
     timer.unref();
     setInterval(() => {}, 1000);
     process.on('SIGUSR2', () => {});
     export const fd = openSync(import.meta.filename, 'r');
     export const count = () => new Promise((ok) => {
       const look = setInterval(() => { if (ticks > 2) { clearInterval(look); ok(ticks > 2); } }, 5);
     });
     export const size = async () => (await import('node:fs')).fstatSync(fd).size > 100;`,
  );
  const by = byServer(t, { preload: [path] });
  for (let i = 0; i < 2; i++) {
    assert.equal(await (await by().module(path, 'count')).result, true);
    const ended = await by().module(path, 'size');
    assert.equal(await ended.result, true);
    // The interval of the module does not keep it.
    assert.equal((await ended.wait()).code, 0);
  }
});

test('what a module prints while it is imported is not lost, and does not bind the streams', async () => {
  const { stdout, stderr } = await inNode(
    `import { task } from 'brood';
     import { mkdtempSync, writeFileSync, rmSync } from 'node:fs';
     const folder = mkdtempSync('/tmp/brood-test-');
     writeFileSync(folder + '/m.mjs', "console.log('imported'); export const out = process.stdout;");
     const by = task.with({ method: 'forkserver', preload: [folder + '/m.mjs'], stdout: 'pipe' });
     const t = await by(async (url) => {
       console.log('by', process.stdout.constructor.name);
       (await import(url)).out.write('kept\\n');
     }, folder + '/m.mjs');
     for await (const line of t) console.log('told:', line);
     rmSync(folder, { recursive: true });`,
  );
  assert.deepEqual(
    new Set(stdout.trim().split('\n')),
    new Set(['imported', 'told: by Socket', 'told: kept']),
    stderr,
  );
});

test('bad options are refused before anything is started', async () => {
  const wrong: [options: TaskOptions, code: string][] = [
    [{ preload: 'typescript' as never }, 'ERR_INVALID_ARG_TYPE'],
    [{ preload: [7 as never] }, 'ERR_INVALID_ARG_TYPE'],
    [{ preload: ['./relative.js'] }, 'ERR_INVALID_ARG_VALUE'],
    [{ preload: [''] }, 'ERR_INVALID_ARG_VALUE'],
    [{ spares: -1 }, 'ERR_OUT_OF_RANGE'],
    [{ spares: 1.5 }, 'ERR_OUT_OF_RANGE'],
    [{ spares: '2' as never }, 'ERR_INVALID_ARG_TYPE'],
    [{ idleTimeout: -1 }, 'ERR_OUT_OF_RANGE'],
    [{ idleTimeout: Number.NaN }, 'ERR_OUT_OF_RANGE'],
  ];
  for (const [options, code] of wrong) {
    const by = task.with({ method: 'forkserver', ...options });
    await assert.rejects(
      by(() => 0),
      { code },
    );
    await assert.rejects(by.prepare(), { code });
  }
  await assert.rejects(
    task.with({ method: 'spawn', preload: [] })(() => 0),
    {
      code: 'ERR_INVALID_ARG_VALUE',
    },
  );
  await assert.rejects(task.with({ methud: 'fork' } as never).prepare(), TypeError);
  assert.equal(childrenOf(process.pid).length, 0);
});

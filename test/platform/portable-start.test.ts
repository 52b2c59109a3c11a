/** Starting programs without the addon, where node:child_process needs help. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';

import { portable } from '../harness/portable-node.ts';
import { temporaryFolder } from '../harness/temp.ts';

test('after a start that failed nothing is signalled', async () => {
  const { told, code, signal, stderr } = await portable(`
    process.on('SIGTERM', () => tell('signalled'));
    const sent = [];
    const kill = process.kill;
    process.kill = (...given) => (sent.push(given), kill.apply(process, given));
    for (const options of [{}, { timeout: 5 }, { signal: AbortSignal.timeout(5) }]) {
      const [name] = await failure(() => spawn('/nowhere/program', options));
      tell(name);
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
    tell(sent);
  `);
  assert.deepEqual(told, ['SpawnError', 'SpawnError', 'SpawnError', []], stderr);
  assert.deepEqual([code, signal], [0, null]);
});

test('descriptors at their limit fail as SpawnError, and the next start works', async () => {
  const { told, stderr } = await portable(
    `
    import { closeSync, openSync } from 'node:fs';
    await run('true');
    const taken = [];
    try {
      for (;;) taken.push(openSync('/dev/null', 'r'));
    } catch (error) {
      tell(error.code);
    }
    const failures = [await failure(() => spawn('true')), await failure(() => runSync('true'))];
    for (const fd of taken) closeSync(fd);
    for (const [name, code] of failures) tell([name, code]);
    tell((await run('true')).status.code);
  `,
    { wrap: ['sh', '-c', 'ulimit -n 64; exec "$0" "$@"'] },
  );
  assert.deepEqual(told, ['EMFILE', ['SpawnError', 'EMFILE'], ['SpawnError', 'EMFILE'], 0], stderr);
});

test('uid, gid and session are given', async (t) => {
  if (process.getuid?.() !== 0) {
    t.skip('for root only');
    return;
  }
  const { told, stderr } = await portable(`
    const { stdout } = await run('sh', ['-c', 'id -u; id -g'], { uid: 65534, gid: 65533, cwd: '/' });
    tell(stdout);
    const child = await spawn('sleep', ['1000'], { ...quiet, session: true });
    tell([child.pid, runSync('ps', ['-o', 'sid=', '-p', String(child.pid)]).stdout.trim()]);
    await child.terminate();
  `);
  assert.equal(told[0], '65534\n65533\n', stderr);
  const [pid, sid] = told[1] as [number, string];
  assert.equal(Number(sid), pid);
});

test('a FIFO without a writer is empty, and holds nothing up', async (t) => {
  const file = join(await temporaryFolder(t), 'fifo');
  execFileSync('mkfifo', [file]);
  const { told, stderr } = await portable(`
    tell((await run('cat', { stdin: { file: ${JSON.stringify(file)} } })).stdout);
    tell(runSync('cat', { stdin: { file: ${JSON.stringify(file)} } }).stdout);
  `);
  assert.deepEqual(told, ['', ''], stderr);
});

test('a program that is being written is tried again', async (t) => {
  const folder = await temporaryFolder(t);
  const file = join(folder, 'program');
  execFileSync('cp', ['/bin/true', file]);
  const { told, stderr } = await portable(`
    import { closeSync, openSync } from 'node:fs';
    const fd = openSync(${JSON.stringify(file)}, 'r+');
    const started = spawn(${JSON.stringify(file)}, quiet);
    setTimeout(() => closeSync(fd), 5);
    tell((await (await started).wait()).code);
    const held = openSync(${JSON.stringify(file)}, 'r+');
    tell((await failure(() => spawn(${JSON.stringify(file)}, quiet))).slice(0, 2));
    closeSync(held);
  `);
  assert.deepEqual(told, [0, ['SpawnError', 'ETXTBSY']], stderr);
});

test('a working directory that vanishes is told from a missing program', async (t) => {
  const folder = await temporaryFolder(t);
  writeFileSync(join(folder, 'file'), '');
  const { told, stderr } = await portable(`
    import { mkdirSync, rmdirSync } from 'node:fs';
    const cwd = ${JSON.stringify(join(folder, 'gone'))};
    mkdirSync(cwd);
    tell((await run('pwd', { cwd })).stdout.trim() === cwd);
    rmdirSync(cwd);
    const error = await spawn('true', { cwd }).catch((reason) => reason);
    tell([error.code, error.stage, error.path === cwd]);
  `);
  assert.deepEqual(told, [true, ['ENOENT', 'chdir', true]], stderr);
});

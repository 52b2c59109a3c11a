/** What a forked child is given: standard streams, descriptors, surroundings, attributes. */
/* eslint-disable no-console -- the console of a child is a part of what is tested */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';

import { fork } from 'brood';

import { otherUser } from '../harness/as-user.ts';
import { forOthers } from '../harness/for-others.ts';
import { withFork } from '../harness/fork-code.ts';
import { inNode } from '../harness/in-node.ts';
import { temporaryFolder } from '../harness/temp.ts';

test('standard streams are inherited unless given, and what the parent had written is not written twice', async () => {
  const { stdout, stderr, code } = await inNode(`
    import { current, fork } from 'brood';
    const kept = process.stdout;
    const { log } = console;
    log('parent before');
    console.error('error of the parent');
    // More than a pipe takes at once, and nobody may have read it yet.
    kept.write('x'.repeat(300_000) + '\\n');
    const child = await fork(() => {
      process.stdout.write('[child]');
      kept.write('[the stream that the parent had]');
      log('[the console]');
      console.error('error of the child');
      current.stdout.write(JSON.stringify([process.stdout === current.stdout, process.stdout.fd, process.stderr.fd, process.stdin.fd]));
    });
    await child.wait();
    log('parent after');
  `);
  assert.equal(code, 0, stderr);
  assert.equal(stderr, 'error of the parent\nerror of the child\n');
  // Both write to one pipe, so the long line may be cut by the others.
  assert.equal(stdout.match(/x/g)?.length, 300_000);
  const others = ['parent before', '[child]', '[the stream that the parent had]', '[the console]'];
  for (const text of [...others, '[true,1,2,0]', 'parent after']) {
    assert.equal(stdout.split(text).length, 2, `${text} is there once`);
  }
});

test('pipes to and from the child: streams, lines, what is fed, 2>&1', async () => {
  const child = await fork(
    async () => {
      let text = '';
      for await (const chunk of process.stdin) text += String(chunk);
      process.stdout.write(`out ${text}\n`);
      console.error('err');
      // Much, and the process ends right after.
      console.log('y'.repeat(500_000));
    },
    { stdin: 'fed', stdout: 'pipe', stderr: 'stdout' },
  );
  const lines: string[] = [];
  for await (const line of child) lines.push(line.length > 100 ? String(line.length) : line);
  assert.deepEqual(lines, ['out fed', 'err', '500000']);
  assert.equal((await child.wait()).code, 0);
  assert.equal(child.stdin, null);
});

test('files, nothing, and descriptors with numbers of their own', async (t) => {
  const folder = await temporaryFolder(t);
  const file = join(folder, 'out');
  const child = await fork(
    async () => {
      const { createReadStream, readFileSync: read, writeSync } = await import('node:fs');
      process.stdin.on('data', () => process.exit(9));
      console.log('to a file', read(64, 'utf8'));
      const { Socket } = await import('node:net');
      const socket = new Socket({ fd: 65 });
      for await (const chunk of socket) {
        writeSync(1, `got ${String(chunk)}\n`);
        break;
      }
      createReadStream('/proc/self/stat').resume();
    },
    {
      stdin: 'ignore',
      stdout: { file },
      stderr: 'closed',
      fds: { 64: { file: '/proc/self/comm' }, 65: 'pipe' },
    },
  );
  const { 65: ours } = child.fds as unknown as Record<number, NodeJS.WritableStream>;
  ours?.end('over a socket pair');
  assert.equal((await child.wait()).code, 0);
  assert.match(readFileSync(file, 'utf8'), /^to a file \S+\s+got over a socket pair\n$/);
});

test('surroundings and attributes are in force before the entry runs', async (t) => {
  const folder = await temporaryFolder(t);
  const { told, stderr } = await withFork(
    `
    const seen = () => {
      const status = readFileSync('/proc/self/status', 'latin1');
      const field = (name) => status.match(new RegExp('^' + name + ':\\\\s*(.*)$', 'm'))[1].trim();
      return {
        cwd: process.cwd(), env: process.env.ONLY, path: process.env.PATH === undefined, umask: field('Umask'),
        group: current.processGroup === process.pid, session: current.session === process.pid,
        nice: current.priority, files: current.limits.openFiles.soft, affinity: current.affinity,
        policy: current.scheduling.policy, io: current.ioPriority, score: readFileSync('/proc/self/oom_score_adj', 'latin1').trim(),
      };
    };
    const before = JSON.stringify([process.cwd(), process.env.PATH, current.priority, current.limits.openFiles]);
    const child = await fork(() => tell(seen()), {
      cwd: ${JSON.stringify(folder)}, env: { ONLY: 'this', GONE: undefined }, umask: 0o027, session: true, priority: 5,
      limits: { openFiles: 200 }, affinity: [0], scheduling: { policy: 'batch' },
      ioPriority: { class: 'bestEffort', level: 6 }, oomScoreAdjust: 500,
    });
    tell((await child.wait()).code);
    const grouped = await fork(() => tell([current.processGroup === process.pid, current.session === process.pid, process.env.MORE, process.env.PATH !== undefined]),
      { processGroup: true, env: { MORE: '1' }, extendEnv: true });
    tell((await grouped.wait()).code);
    tell(before === JSON.stringify([process.cwd(), process.env.PATH, current.priority, current.limits.openFiles]));
  `,
  );
  assert.deepEqual(
    told,
    [
      {
        cwd: folder,
        env: 'this',
        path: true,
        umask: '0027',
        group: true,
        session: true,
        nice: 5,
        files: 200,
        affinity: [0],
        policy: 'batch',
        io: { class: 'bestEffort', level: 6 },
        score: '500',
      },
      0,
      [true, false, '1', true],
      0,
      true,
    ],
    stderr,
  );
});

test('as another user, on every thread', { skip: process.getuid?.() !== 0 }, async () => {
  forOthers();
  const { told, stderr } = await withFork(`
    const child = await fork(async () => {
      tell([process.getuid(), process.geteuid(), process.getgid(), process.getgroups()]);
      // Threads are started only now, by V8 and by libuv.
      await WebAssembly.compile(new Uint8Array([0, 97, 115, 109, 1, 0, 0, 0]));
      const { access } = await import('node:fs/promises');
      tell(await access('/root/.', 4).then(() => 'root', (error) => error.code));
      const uids = readdirSync('/proc/self/task').map((id) =>
        readFileSync('/proc/self/task/' + id + '/status', 'latin1').match(/^Uid:\\s*(.*)$/m)[1]);
      tell([...new Set(uids)]);
    }, { uid: ${otherUser.uid}, gid: ${otherUser.gid}, cwd: '/' });
    tell((await child.wait()).code);
  `);
  const { uid, gid } = otherUser;
  const groups = told[0] as unknown[];
  assert.deepEqual(groups.slice(0, 3), [uid, uid, gid], stderr);
  assert.deepEqual(told.slice(1), ['EACCES', [[uid, uid, uid, uid].join('\t')], 0], stderr);
});

test('a step that fails rejects with its stage and its thing, and leaves nothing behind', async () => {
  const never = (): never => process.exit(99);
  await assert.rejects(fork(never, { cwd: '/nowhere' }), {
    name: 'SpawnError',
    stage: 'chdir',
    path: '/nowhere',
    code: 'ENOENT',
    program: 'fork(never)',
    message: /changing to the directory '\/nowhere' failed/,
  });
  await assert.rejects(fork(never, { stdout: { file: '/nowhere/out' } }), {
    stage: 'open',
    path: '/nowhere/out',
  });
  await assert.rejects(fork(never, { stdin: 999_999 }), { stage: 'descriptors', code: 'EBADF' });
  await assert.rejects(fork(never, { fds: { 1_000_000: 'pipe' }, limits: { openFiles: 64 } }), {
    stage: 'descriptors',
  });
  await assert.rejects(fork(never, { processGroup: 0x7fff_fffe }), { stage: 'processGroup' });
  await assert.rejects(fork(never, { cgroup: '/nowhere' }), { stage: 'cgroup', path: '/nowhere' });
  await assert.rejects(fork(never, { affinity: [1023] }), { stage: 'affinity', code: 'EINVAL' });
});

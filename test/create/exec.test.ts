import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';

import { inNode, startInNode } from '../harness/in-node.ts';
import { stat, until } from '../harness/proc.ts';
import { temporaryFolder } from '../harness/temp.ts';

test('the program takes our place: pid, parent, directory, streams', async (t) => {
  const folder = await temporaryFolder(t);
  const { stdout, stderr, code } = await inNode(
    `import { exec } from 'brood';
     process.chdir(${JSON.stringify(folder)});
     process.stdout.write(process.pid + ' ' + process.ppid + '\\n', () => {
       exec('sh', ['-c', 'echo $$ $PPID; pwd; cat; exit 6']);
     });`,
    { input: 'input' },
  );
  const [before, after, ...rest] = stdout.split('\n');
  assert.equal(before, after, stderr);
  assert.deepEqual([rest, code], [[folder, 'input'], 6]);
});

test('nothing of this program runs any more', async () => {
  const { result, pid, child } = startInNode(`
    import { exec, current } from 'brood';
    current.onExit(() => console.log('exitor'));
    process.on('exit', () => console.log('exit'));
    exec('sleep', ['60']);
  `);
  await until(() => stat(pid)?.comm === 'sleep', 'the other program');
  assert.equal(stat(pid)?.threads, 1);
  child.kill('SIGTERM');
  const { signal, stdout } = await result;
  assert.deepEqual([signal, stdout], ['SIGTERM', '']);
});

test('descriptors that were chosen are kept, and no others', async (t) => {
  const path = join(await temporaryFolder(t), 'file');
  writeFileSync(path, 'kept');
  const { stdout, stderr } = await inNode(`
    import { openSync } from 'node:fs';
    import { exec } from 'brood';
    const fd = openSync(${JSON.stringify(path)}, 'r');
    exec('sh', ['-c', 'cat <&4; echo; ls /proc/$$/fd; true'], {
      fds: { 4: fd },
    });
  `);
  const [kept, ...fds] = stdout.trim().split('\n');
  assert.equal(kept, 'kept', stderr);
  // 10 is where a shell keeps its own, if it does.
  assert.deepEqual(fds.filter((fd) => fd !== '10').map(Number), [0, 1, 2, 4]);
});

test('env, argv0, cwd and attributes', async () => {
  const { stdout, stderr } = await inNode(`
    import { exec } from 'brood';
    exec('sh', ['-c', 'echo "$0 $A $HOME"; pwd; umask; ulimit -n'], {
      argv0: 'me',
      env: { A: 'a' },
      cwd: '/',
      umask: 0o027,
      limits: { openFiles: 77 },
    });
  `);
  assert.equal(stdout, 'me a \n/\n0027\n77\n', stderr);
});

test('the mask is empty, handlers are gone, what was ignored stays ignored', async () => {
  const { stdout, stderr } = await inNode(`
    import { exec, signals } from 'brood';
    signals.block(['SIGUSR2']);
    process.on('SIGTERM', () => {});
    signals.ignore('SIGHUP');
    exec('cat', ['/proc/self/status']);
  `);
  const line = (name: string): string | undefined =>
    new RegExp(`^${name}:\\s+(\\w+)`, 'm').exec(stdout)?.[1];
  assert.deepEqual(
    [line('SigBlk'), line('SigIgn'), line('SigCgt')],
    ['0000000000000000', '0000000000000001', '0000000000000000'],
    stderr,
  );
});

test('0, 1 and 2 block again', async () => {
  const { stdout, stderr } = await inNode(`
    import { exec } from 'brood';
    process.stdin.resume();
    process.stdout.write('');
    exec('grep', ['-h', 'flags', '/proc/self/fdinfo/0', '/proc/self/fdinfo/1', '/proc/self/fdinfo/2']);
  `);
  const flags = stdout
    .trim()
    .split('\n')
    .map((text) => Number.parseInt(text.split('\t')[1] ?? '', 8));
  assert.equal(flags.length, 3, stderr);
  for (const each of flags) assert.equal(each & 0o4000, 0);
});

test('when it fails, this program goes on as it was', async () => {
  const { stdout, stderr } = await inNode(`
    import { exec, output, pipe } from 'brood';
    const attempt = (...list) => {
      try {
        exec(...list);
      } catch (error) {
        console.log(error.name, error.stage, error.code);
      }
    };
    const { readEnd, writeEnd } = pipe();
    process.on('SIGUSR1', () => console.log('handled'));
    attempt('/no/such/program', [], { stdin: readEnd });
    attempt('true', [], { cwd: '/no/such' });
    attempt('brood-no-such-program');
    console.log(readEnd.isClosed, await output('echo', ['still here']));
    readEnd.close();
    writeEnd.close();
    process.kill(process.pid, 'SIGUSR1');
    setTimeout(() => {}, 100);
  `);
  assert.equal(
    stdout,
    'SpawnError exec ENOENT\nSpawnError chdir ENOENT\nSpawnError resolve ENOENT\nfalse still here\nhandled\n',
    stderr,
  );
});

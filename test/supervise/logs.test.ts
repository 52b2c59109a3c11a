import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';

import { inNode } from '../harness/in-node.ts';
import { until } from '../harness/proc.ts';
import { watched } from '../harness/supervised.ts';
import { temporaryFolder } from '../harness/temp.ts';

test('no line is lost at an exit, not even one without an end, and the exit is told after them', async (t) => {
  const script = 'seq 1 20000; seq 1 500 >&2; printf end; exit 3';
  const { supervisor, events, all } = watched(t, {
    children: [{ name: 'chatty', command: ['sh', '-c', script], restart: 'never' }],
  });
  await supervisor.start();
  await supervisor.done;
  await until(() => all('ended')[0]);
  const lines = all('log');
  const out = lines.filter(({ stream }) => stream === 'stdout').map(({ line }) => line);
  assert.deepEqual(out, [...Array.from({ length: 20_000 }, (_, i) => String(i + 1)), 'end']);
  assert.equal(lines.filter(({ stream }) => stream === 'stderr').length, 500);
  const exit = events.findIndex(({ type }) => type === 'exited');
  assert.ok(events.findLastIndex(({ type }) => type === 'log') < exit);
  assert.deepEqual(supervisor.tail({ lines: 2 }).length, 2);
});

test('lines to a file, as they are, with names, and as JSON', async (t) => {
  const folder = await temporaryFolder(t);
  const file = join(folder, 'logs', '{name}-{instance}.log');
  const child = (name: string, format: 'plain' | 'prefixed' | 'json') => ({
    name,
    command: ['sh', '-c', 'echo one; printf two'] as const,
    instances: 2,
    log: { file, format },
  });
  const { supervisor } = watched(t, {
    children: [child('a', 'plain'), child('b', 'prefixed'), child('c', 'json')],
  });
  await supervisor.start();
  await supervisor.done;
  const read = (name: string): string => readFileSync(join(folder, 'logs', name), 'utf8');
  assert.equal(read('a-1.log'), 'one\ntwo\n');
  assert.equal(read('b-2.log'), 'b.2 | one\nb.2 | two\n');
  const [line] = read('c-1.log').split('\n');
  const {
    name,
    instance,
    stream,
    line: text,
  } = JSON.parse(line as string) as Record<string, unknown>;
  assert.deepEqual([name, instance, stream, text], ['c', 1, 'stdout', 'one']);
});

test('files are put aside by size, and nothing is lost between them', async (t) => {
  const folder = await temporaryFolder(t);
  const { supervisor } = watched(t, {
    children: [
      {
        name: 'long',
        command: ['sh', '-c', 'for i in 1 2 3 4 5 6; do seq "$i"0000 "$i"9999; sleep 0.05; done'],
        log: { file: join(folder, 'long.log'), rotate: { size: 100_000, keep: 9 } },
      },
    ],
  });
  await supervisor.start();
  await supervisor.done;
  const files = readdirSync(folder);
  assert.ok(files.length > 2, files.join());
  const lines = files
    .flatMap((file) => readFileSync(join(folder, file), 'utf8').split('\n'))
    .filter(Boolean);
  assert.equal(new Set(lines).size, 60_000);
  assert.equal(lines.length, 60_000);
});

test('a full disk stops no child; what was lost is told, and counted in the file', async (t) => {
  const folder = await temporaryFolder(t);
  // A limit on the size of files is a disk that is full after so many bytes; SIGXFSZ is ignored by Node.
  const code = `
    import { Supervisor } from 'brood/supervise';
    const supervisor = new Supervisor({
      children: [{ name: 'a', command: ['sh', '-c', 'seq 100000 109999; sleep 0.2; seq 110000 119999; exit 7'], restart: 'never' }],
      log: { file: ${JSON.stringify(join(folder, 'a.log'))} },
    });
    const failures = [];
    const listening = (async () => {
      for await (const event of supervisor.events({ types: ['log-failed'] })) failures.push(event.error.code);
    })();
    await supervisor.start();
    const { failure } = await supervisor.done;
    await listening;
    console.log(JSON.stringify([failure.status.code, failures, supervisor.tail({ lines: 1 })[0].line]));`;
  const wrap = ['bash', '-c', 'ulimit -f 20; exec "$@"', 'bash'];
  const { stdout, stderr } = await inNode(code, { wrap });
  assert.equal(stderr, '');
  assert.deepEqual(JSON.parse(stdout), [7, ['EFBIG'], '119999']);
  assert.equal(readFileSync(join(folder, 'a.log')).length, 20 * 1024);
});

test('what comes faster than it is read makes the child wait, and memory does not grow', async () => {
  // 200 MB into a pipe that the reader of this program's output empties slowly.
  const code = `
    import { Supervisor } from 'brood/supervise';
    const supervisor = new Supervisor({
      children: [{ name: 'flood', command: ['sh', '-c', 'yes 0123456789012345678901234567890123456789 | head -c 200000000'] }],
      log: { format: 'plain' },
    });
    await supervisor.start();
    await supervisor.done;
    console.error(process.resourceUsage().maxRSS);`;
  const wrap = ['bash', '-c', '"$@" | (sleep 1; wc -c)', 'bash'];
  const { stdout, stderr } = await inNode(code, { wrap });
  // And the line feed that the last line lacks.
  assert.equal(Number(stdout), 200_000_001, 'every byte has come');
  assert.ok(Number(stderr) < 200 * 1024, `${stderr} KiB at most`);
});

test('who listens to lines and stops in the midst does not wait for himself', async (t) => {
  const { supervisor } = watched(t, {
    children: [{ name: 'flood', command: ['yes'] }],
  });
  const events = supervisor.events({ types: ['log'] });
  await supervisor.start();
  const first = await events.next();
  assert.equal(first.done, false);
  await supervisor.stop();
  await events.return?.();
});

test('a child that closes its output is no reason to think that it has ended', async (t) => {
  const { supervisor, all } = watched(t, {
    children: [
      {
        name: 'silent',
        command: ['sh', '-c', 'exec >&- 2>&- <&-; sleep 0.3; exit 6'],
        restart: 'never',
      },
    ],
  });
  await supervisor.start();
  const { failure } = await supervisor.done;
  assert.equal(failure?.status?.code, 6);
  assert.equal(all('exited').length, 1);
});

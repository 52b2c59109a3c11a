import assert from 'node:assert/strict';
import { createServer } from 'node:net';
import { test } from 'node:test';

import { spawn } from 'brood';

import { brood, startBrood } from '../harness/brood-command.ts';
import { until } from '../harness/proc.ts';
import { sleeper } from '../harness/sleeper.ts';
import { temporaryFolder } from '../harness/temp.ts';

const quiet = { stdin: 'ignore', stdout: 'ignore', stderr: 'ignore' } as const;

const lines = (text: string): string[] => text.split('\n').filter(Boolean);

test('find looks by name, arguments, port and file', async (t) => {
  const pid = await sleeper(t, 'egg-found', ['61.25']);
  for (const args of [
    ['-n', 'egg-found'],
    ['-r', '-n', '^egg-fo+und$'],
    ['-c', '61.25'],
    ['-n', 'egg-found', '--parent', String(process.pid)],
    ['-w', 'commandLine ~ 61.25$'],
  ]) {
    const { code, stdout } = await brood(['find', '-q', ...args]);
    assert.deepEqual([code, stdout], [0, `${pid}\n`], args.join(' '));
  }
  const server = createServer().listen(0, '127.0.0.1');
  t.after(() => server.close());
  await until(() => server.listening, 'the server');
  const { port } = server.address() as { port: number };
  const listening = await brood(['find', '-q', '--port', String(port)]);
  assert.deepEqual(lines(listening.stdout), [String(process.pid)]);
  const folder = await temporaryFolder(t);
  const child = await spawn('sleep', ['60'], { ...quiet, cwd: folder });
  t.after(() => child.terminate());
  const inFolder = await brood(['find', '-q', '--file', folder]);
  assert.equal(inFolder.stdout, `${child.pid}\n`);
  const none = await brood(['find', '-n', 'no-such-egg']);
  assert.equal(none.code, 1);
});

test('events tell how processes end, as it happens', async () => {
  const following = startBrood(['events', '--type', 'exit', '--jsonl']);
  await until(() => following.stdout().includes('"source"'), 'the stream');
  const first = JSON.parse(following.stdout().split('\n')[0] as string) as {
    type: string;
    source: string;
  };
  assert.equal(first.type, 'source');
  const child = await spawn('sh', ['-c', 'sleep 1; exit 43'], quiet);
  await child.wait();
  const line = await until(
    () =>
      following
        .stdout()
        .split('\n')
        .find((each) => each.includes(`"pid":${child.pid},`)),
    'the end of the process',
  );
  const event = JSON.parse(line) as { type: string; code?: number };
  assert.equal(event.type, 'exit');
  if (first.source === 'kernel') assert.equal(event.code, 43);
  process.kill(following.pid, 'SIGINT');
  assert.equal((await following.result).signal, 'SIGINT');
});

test('events end after a count or a time, and without a reader', async () => {
  const timed = await brood(['events', '--polling', '--timeout', '3s', '--jsonl']);
  assert.equal(timed.code, 0);
  assert.match(timed.stdout, /^\{"type":"source","source":"polling"/);
  const wrap = ['sh', '-c', '"$@" | head -n 1', 'sh'];
  const cut = startBrood(['events', '--json', '--interval', '20', '--polling'], { wrap });
  const busy = setInterval(() => void spawn('true', [], quiet).then((child) => child.wait()), 50);
  const { code, stderr } = await cut.result;
  clearInterval(busy);
  assert.deepEqual([code, stderr], [0, '']);
});

test('bad input of what looks at processes', async () => {
  const cases: [args: string[], line: RegExp, hint: RegExp][] = [
    [['ps', '-o', 'eggs'], /there is no field 'eggs'/, /There are: pid, /],
    [['ps', '-s', '-eggs'], /there is no field 'eggs'/, /There are/],
    [['ps', '-w', 'cpu >'], /wrong at character 6/, /As in/],
    [['ps', '-i', '1'], /10 ms or more/, /brood ps/],
    [['info'], /missing required argument 'pid'/, /brood info/],
    [['info', '-o', 'cpu', '1'], /does not measure cpu/, /brood info/],
    [['tree', 'x'], /pid 'x' is invalid/, /brood tree/],
    [['find'], /say what to look for/, /brood find/],
    [['find', '-r', '-n', '('], /no regular expression/, /brood find/],
    [['find', '--port', '99999'], /from 1 to 65535/, /brood find/],
    [['events', '-t', 'birth'], /There are: fork, exec/, /brood events/],
    [['events', '--interval', '1'], /must be from 10/, /brood events/],
  ];
  for (const [args, line, hint] of cases) {
    const { code, stdout, stderr } = await brood(args);
    assert.deepEqual([code, stdout], [2, ''], `${args.join(' ')}: ${stderr}`);
    const [first = '', second = ''] = stderr.split('\n');
    assert.match(first, line);
    assert.match(second, hint);
  }
});

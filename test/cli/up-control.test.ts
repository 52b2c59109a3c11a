import assert from 'node:assert/strict';
import { readdirSync, statSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { join } from 'node:path';
import { test } from 'node:test';

import { startBrood } from '../harness/brood-command.ts';
import { until } from '../harness/proc.ts';
import { project } from '../harness/project.ts';

/** The socket of the one `brood up` whose runtime folder is in there. */
function socketIn(folder: string): string {
  const base = join(folder, '.run', `brood-${process.getuid?.()}`);
  return join(base, readdirSync(base)[0] as string, 'up.sock');
}

/** Sends lines as they are, and resolves with the lines that come back, until one says `done`. */
async function say(path: string, text: string): Promise<Record<string, unknown>> {
  const socket = connect(path);
  let heard = '';
  socket.setEncoding('utf8').on('data', (part: string) => (heard += part));
  socket.on('error', () => undefined);
  socket.write(text);
  await until(() => heard.includes('"done":true'), 'an answer');
  socket.destroy();
  return JSON.parse(heard.split('\n')[0] as string) as Record<string, unknown>;
}

test('the socket is for this user alone, and speaks one version', async (t) => {
  const { up, state, folder } = await project(t, { Procfile: 'a: sleep 1000\n' });
  up();
  await state('a.1 ready');
  const path = socketIn(folder);
  assert.equal(statSync(path).mode & 0o777, 0o600);
  assert.equal(statSync(join(path, '..')).mode & 0o777, 0o700);
  const good = await say(path, '{"brood":1,"id":7,"do":"hello"}\n');
  assert.deepEqual([good['id'], typeof (good['result'] as { pid: number }).pid], [7, 'number']);
  const errors: [string, RegExp][] = [
    ['{"brood":2,"id":1,"do":"hello"}\n', /version 2 is asked for, and version 1 is spoken/],
    ['not json\n', /no JSON/],
    ['[]\n', /no question/],
    ['{"brood":1,"id":1,"do":"dance"}\n', /nobody knows how to dance/],
    ['{"brood":1,"id":1,"do":"stop","names":"a"}\n', /a field is not/],
    ['x'.repeat(100_000), /too long/],
  ];
  for (const [text, message] of errors) {
    const { error } = await say(path, text);
    assert.match((error as { message: string }).message, message);
  }
  await state('a.1 ready');
});

test('clients that crash, hang or talk nonsense do not matter', async (t) => {
  const { up, state, folder, run } = await project(t, {
    Procfile: 'a: while :; do seq 1000; sleep 0.01; done\n',
  });
  const node = up();
  await state('a.1 ready');
  const path = socketIn(folder);
  const clients: Socket[] = [];
  for (let i = 0; i < 10; i++) {
    const client = connect(path);
    client.on('error', () => undefined);
    client.write('{"brood":1,"id":1,"do":"logs","follow":true}\n');
    // Half of them go at once, and half never read.
    if (i % 2 === 0) client.once('connect', () => client.destroy());
    else client.pause();
    clients.push(client);
  }
  const follower = startBrood(['logs', '--follow'], {
    cwd: folder,
    env: { XDG_RUNTIME_DIR: join(folder, '.run') },
  });
  await until(() => follower.stdout().length > 100_000, 'lines');
  follower.child.kill('SIGKILL');
  await follower.result;
  const before = node.stdout().length;
  await until(() => node.stdout().length > before + 100_000, 'the output to go on');
  assert.equal((await run('stop')).code, 0);
  assert.equal((await node.result).code, 0);
  for (const client of clients) client.destroy();
});

test('a second one in the same folder is refused, and says who is there', async (t) => {
  const { up, state, run } = await project(t, { Procfile: 'a: sleep 1000\n' });
  const first = up();
  await state('a.1 ready');
  const second = await run('up');
  assert.equal(second.code, 1);
  assert.equal(second.stderr, `brood: brood up runs in this folder already (pid ${first.pid})\n`);
  await state('a.1 ready');
});

test('followers hear the end, and live status ends with it', async (t) => {
  const { up, state, run, folder } = await project(t, {
    Procfile: 'a: trap "echo bye; exit 0" TERM; echo hi; while :; do sleep 0.05; done\n',
  });
  const node = up();
  await state('a.1 ready');
  await until(() => node.stdout().includes('hi'));
  const options = { cwd: folder, env: { XDG_RUNTIME_DIR: join(folder, '.run') } };
  const follower = startBrood(['logs', '--follow', '--json'], options);
  const live = startBrood(['status', '--watch'], options);
  await until(() => follower.stdout().includes('hi') && live.stdout().includes('ready'));
  assert.equal((await run('stop')).code, 0);
  const { stdout } = await follower.result;
  const lines = stdout
    .trim()
    .split('\n')
    .map((line) => (JSON.parse(line) as { line: string }).line);
  // The shell tells that its sleep was terminated, too.
  assert.deepEqual([lines[0], lines.at(-1)], ['hi', 'bye']);
  assert.equal((await live.result).code, 1);
  assert.equal((await node.result).code, 0);
});

import assert from 'node:assert/strict';
import { existsSync, writeFileSync } from 'node:fs';
import { Agent, get } from 'node:http';
import { join } from 'node:path';
import { test } from 'node:test';

import { hasEnded, isGone, until } from '../harness/proc.ts';
import { watched } from '../harness/supervised.ts';
import { temporaryFolder } from '../harness/temp.ts';

/** A server on the socket that it was given; it ends when all that it accepted is answered. */
const server = `
  const ok = process.env.LISTEN_PID === String(process.pid) && process.env.LISTEN_FDS === '1';
  const server = require('http').createServer((request, response) => {
    response.setHeader('connection', 'close');
    setTimeout(() => response.end(ok + ' ' + process.env.LISTEN_FDNAMES + ' ' + process.pid), 5);
  });
  server.listen({ fd: 3 }, () => console.log('up'));
  // Not http's own close(), which resets connections whose request has not come yet.
  const close = () => require('net').Server.prototype.close.call(server, () => process.exit(0));
  process.on('SIGTERM', close);
`;
const command = [process.execPath, '-e', server] as const;

function ask(port: number): Promise<string> {
  return new Promise((resolve, reject) => {
    const request = get({ port, host: '127.0.0.1', agent: new Agent() }, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (part: string) => (text += part));
      response.on('end', () => resolve(text));
      response.on('error', reject);
    });
    request.on('error', reject);
  });
}

test('a child gets the sockets that were opened for it, and knows that they are meant for it', async (t) => {
  const { supervisor } = watched(t, {
    children: [{ name: 'web', command, listen: { http: { port: 0 } }, ready: { log: 'up' } }],
  });
  await supervisor.start();
  const { port } = supervisor.sockets('web').get('http') as { port: number };
  const pid = supervisor.status()[0]?.pid;
  assert.equal(await ask(port), `true http ${pid}`);
  // Between two lives of the child, a connection waits; it is not refused.
  process.kill(pid as number, 'SIGKILL');
  const answer = await ask(port);
  assert.match(answer, /^true http \d+$/);
  assert.notEqual(answer, `true http ${pid}`);
  await supervisor.stop();
  await assert.rejects(ask(port), { code: 'ECONNREFUSED' });
});

test('20 clients see no reload: not one request fails', async (t) => {
  const { supervisor, all } = watched(t, {
    children: [
      { name: 'web', command, listen: { http: { port: 0 } }, ready: { log: 'up' }, instances: 2 },
    ],
  });
  await supervisor.start();
  const before = supervisor.status().map(({ pid }) => pid as number);
  const { port } = supervisor.sockets('web').get('http') as { port: number };
  const over = new AbortController();
  const answered = new Set<string>();
  let count = 0;
  const client = async (): Promise<void> => {
    while (!over.signal.aborted) {
      answered.add(await ask(port));
      count++;
    }
  };
  const clients = Array.from({ length: 20 }, client);
  for (let round = 0; round < 3; round++) await supervisor.reload('web');
  over.abort();
  await Promise.all(clients);
  assert.ok(count > 100, `${count} requests`);
  assert.ok(answered.size > 4, 'old and new ones have answered');
  assert.equal(all('reloaded').length, 6);
  for (const pid of before) assert.ok(isGone(pid));
  assert.deepEqual(
    supervisor.status().map(({ state, restarts }) => [state, restarts]),
    [
      ['ready', 0],
      ['ready', 0],
    ],
  );
});

test('a new one that is not ready is taken back, and the old one goes on', async (t) => {
  const folder = await temporaryFolder(t);
  const script = '[ -e broken ] && exit 4; echo up; exec sleep 1000';
  const { supervisor, all } = watched(t, {
    children: [{ name: 'web', command: ['sh', '-c', script], cwd: folder, ready: { log: 'up' } }],
  });
  await supervisor.start();
  const pid = supervisor.status()[0]?.pid as number;
  writeFileSync(join(folder, 'broken'), '');
  await assert.rejects(supervisor.reload('web'), {
    code: 'ERR_RELOAD',
    message: /the old one goes on: exited with code 4/,
  });
  assert.ok(!hasEnded(pid));
  assert.equal(supervisor.status()[0]?.pid, pid);
  assert.equal(all('restarting').length, 0);
});

test('a socket on a path: one that is left over is replaced, one in use is not', async (t) => {
  const folder = await temporaryFolder(t);
  const path = join(folder, 'web.sock');
  const options = {
    children: [{ name: 'web', command, listen: { http: { path } }, ready: { log: 'up' } }],
  } as const;
  const first = watched(t, options);
  await first.supervisor.start();
  await assert.rejects(watched(t, options).supervisor.start(), {
    code: 'EADDRINUSE',
    message: /the socket http of web cannot listen on .*web\.sock/,
  });
  await first.supervisor.stop();
  assert.ok(!existsSync(path));
  // What a program that was killed leaves behind: a socket that nobody listens on.
  const { createServer } = await import('node:net');
  const { renameSync } = await import('node:fs');
  const left = createServer().listen(`${path}.other`);
  await until(() => left.listening);
  renameSync(`${path}.other`, path);
  await new Promise((resolve) => left.close(resolve));
  assert.ok(existsSync(path));
  await watched(t, options).supervisor.start();
});

import assert from 'node:assert/strict';
import { test } from 'node:test';

import type { ChildSpec } from 'brood/supervise';

import { isGone } from '../harness/proc.ts';
import { requireProgram } from '../harness/programs.ts';
import { sleeper, watched } from '../harness/supervised.ts';
import { temporaryFolder } from '../harness/temp.ts';

/** Speaks sd_notify(3) from Python: each argument is a message, `sleep:N` a pause, `fork` a child. */
const notifier = `
import os, socket, sys, time
def say(text):
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as s:
        s.sendto(text.encode(), '\\0' + os.environ['NOTIFY_SOCKET'][1:])
for word in sys.argv[1:]:
    if word.startswith('sleep:'): time.sleep(float(word[6:]))
    elif word == 'watchdog':
        end = time.time() + float(os.environ['WATCHDOG_USEC']) / 1e6 * 4
        while time.time() < end: say('WATCHDOG=1'); time.sleep(0.05)
    elif word == 'fork':
        if os.fork() == 0: say('READY=1'); os._exit(0)
        os.wait()
    else: say(word)
time.sleep(1000)
`;

const python = (...words: string[]): [string, ...string[]] => ['python3', '-c', notifier, ...words];

test('each kind of readiness: what needs it is started then, and not before', async (t) => {
  const folder = await temporaryFolder(t);
  const listen = `require('http').createServer((q, s) => { s.statusCode = Date.now() > at ? 200 : 503; s.end(); }).listen(0, function () { require('fs').writeFileSync('port', String(this.address().port)); }); const at = Date.now() + 200;`;
  const portOf = await freePort();
  const kinds: Record<string, Partial<ChildSpec>> = {
    log: {
      command: ['sh', '-c', 'sleep 0.2; echo it is up now; exec sleep 1000'],
      ready: { log: /up now$/ },
    },
    exec: {
      command: ['sh', '-c', 'sleep 0.2; touch there; exec sleep 1000'],
      ready: { exec: ['test', '-e', 'there'], interval: 10 },
    },
    tcp: {
      command: [process.execPath, '-e', listen.replace('listen(0', `listen(${portOf}`)],
      ready: { tcp: portOf, interval: 10 },
      stop: { signal: 'SIGKILL' },
    },
    http: {
      command: [process.execPath, '-e', listen.replace('listen(0', `listen(${portOf}`)],
      ready: { http: `http://127.0.0.1:${portOf}/`, interval: 10 },
    },
    notify: { command: python('sleep:0.2', 'READY=1\nSTATUS=well'), ready: 'notify' },
    notifyByChild: { command: python('sleep:0.2', 'fork'), ready: 'notify' },
    finished: { command: ['sh', '-c', 'sleep 0.2'], ready: 'finished' },
  };
  for (const [name, kind] of Object.entries(kinds)) {
    const { supervisor, all } = watched(t, {
      children: [
        { name, cwd: folder, ...kind },
        { name: 'after', command: sleeper, dependsOn: [name] },
      ],
    });
    await supervisor.start();
    const up = name === 'finished' ? all('finished', name)[0] : all('ready', name)[0];
    const after = all('started', 'after')[0];
    assert.ok(up !== undefined && after !== undefined, name);
    assert.ok(up.at <= after.at, name);
    // A server takes connections before it answers well.
    const afterMs = up.at - (all('started', name)[0]?.at as number);
    if (name !== 'tcp') assert.ok(afterMs >= 150, `${name} took its time`);
    if (name === 'notify') assert.equal(all('status', name)[0]?.text, 'well');
    await supervisor.stop();
  }
});

async function freePort(): Promise<number> {
  const { createServer } = await import('node:net');
  const server = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const { port } = server.address() as { port: number };
  await new Promise((resolve) => server.close(resolve));
  return port;
}

test('who is not ready in time is stopped, and that is a failure', async (t) => {
  const { supervisor, all } = watched(t, {
    children: [
      { name: 'slow', command: sleeper, ready: { log: 'never', timeout: 100 }, restart: 'never' },
      { name: 'port', command: sleeper, ready: { tcp: 1, timeout: 200 }, restart: 'never' },
    ],
  });
  await supervisor.start();
  const { reason, failure } = await supervisor.done;
  assert.equal(reason, 'finished');
  assert.match(String(failure?.error), /it was not ready within \d+ ms/);
  const reasons = all('unhealthy').map((event) => event.reason);
  assert.equal(reasons.length, 2);
  assert.match(reasons.join('\n'), /not ready within 200 ms: .*ECONNREFUSED/);
});

test('a stranger who knows the socket is not believed', async (t) => {
  // The sender is a child of this program, not of the one that is to be ready.
  const { supervisor, event, all } = watched(t, {
    children: [
      {
        name: 'honest',
        command: ['sh', '-c', 'echo "$NOTIFY_SOCKET"; exec sleep 1000'],
        ready: 'notify',
      },
    ],
  });
  const starting = supervisor.start();
  const { line } = await event('log', 'honest');
  const { spawn } = await import('brood');
  const liar = await spawn('python3', ['-c', notifier.replace('time.sleep(1000)', ''), 'READY=1'], {
    env: { NOTIFY_SOCKET: line },
    extendEnv: true,
  });
  assert.equal((await liar.wait()).code, 0);
  assert.equal(all('ready').length, 0);
  await supervisor.stop();
  await assert.rejects(starting, { name: 'SupervisorError', code: 'ERR_STOPPED' });
});

test('systemd-notify is understood, also when it asks whether it was heard', async (t) => {
  if (!requireProgram(t, 'systemd-notify')) return;
  const { supervisor, all } = watched(t, {
    children: [
      {
        name: 'shell',
        command: ['sh', '-c', 'systemd-notify --ready --status=hello; exec sleep 1000'],
        ready: 'notify',
      },
    ],
  });
  await supervisor.start();
  assert.equal(all('status')[0]?.text, 'hello');
});

test('a watchdog that is not fed, or calls for help, ends in a restart', async (t) => {
  const { supervisor, event, all } = watched(t, {
    children: [
      { name: 'fed', command: python('READY=1', 'watchdog'), ready: 'notify', watchdog: 1000 },
      {
        name: 'help',
        command: python('READY=1', 'sleep:0.1', 'WATCHDOG=trigger'),
        ready: 'notify',
        watchdog: 60_000,
      },
    ],
    intensity: Infinity,
  });
  await supervisor.start();
  assert.match((await event('unhealthy', 'help')).reason, /WATCHDOG=trigger/);
  const starved = await event('unhealthy', 'fed');
  assert.match(starved.reason, /did not say WATCHDOG=1 within 1000 ms/);
  const ready = all('ready', 'fed')[0];
  assert.ok(starved.at - (ready?.at as number) > 3000, 'it was left alone while it was fed');
  await event('started', 'fed', 1);
  assert.ok(isGone(ready?.pid as number));
});

test('who does not answer any more is stopped after so many times, and started again', async (t) => {
  const folder = await temporaryFolder(t);
  const { supervisor, event, all } = watched(t, {
    children: [
      {
        name: 'sick',
        cwd: folder,
        command: ['sh', '-c', 'touch well; sleep 0.3; rm well; exec sleep 1000'],
        alive: { exec: ['test', '-e', 'well'], interval: 20, failures: 3 },
        ready: { exec: ['test', '-e', 'well'] },
      },
    ],
    intensity: Infinity,
  });
  await supervisor.start();
  assert.match((await event('unhealthy')).reason, /it is not alive: test exited with code 1/);
  await event('ready', 'sick', 1);
  assert.equal(all('exited')[0]?.status?.signal, 'SIGTERM');
});

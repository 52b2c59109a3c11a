/** Code of a program that is in the middle of everything at once; for withFork. */

/** Each of its things would write its name, and whose it is; `finish()` ends them all. */
export const busyProgram = `
import { createServer, Agent, get } from 'node:http';
import { connect, createServer as createRaw } from 'node:net';
import { createSocket } from 'node:dgram';
import { spawn as nodeSpawn } from 'node:child_process';
import { watch, watchFile, mkdtempSync, writeFileSync, rmSync, unwatchFile } from 'node:fs';
import { readFile } from 'node:fs/promises';
const parent = process.pid;
const say = (what) => writeSync(1, JSON.stringify([process.pid === parent ? 'parent' : 'CHILD', what]) + '\\n');
const folder = mkdtempSync('/tmp/brood-entry-');
const interval = setInterval(() => say('interval'), 20);
const timeout = setTimeout(() => say('timeout'), 60);
const agent = new Agent({ keepAlive: true });
let answer;
const server = createServer((request, response) => {
  if (request.url === '/late') answer = response;
  else response.end('of ' + (process.pid === parent ? 'parent' : 'CHILD'));
});
await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
const { port } = server.address();
const ask = () => new Promise((resolve, reject) => {
  get({ port, agent, host: '127.0.0.1' }, (response) => {
    let text = '';
    response.on('data', (data) => (text += data)).on('end', () => resolve(text));
  }).on('error', reject);
});
await ask();
await (await fetch('http://127.0.0.1:' + port)).text();
const late = fetch('http://127.0.0.1:' + port + '/late').then((response) => response.text())
  .then((text) => (say('fetch ' + text), text), (error) => String(error.cause ?? error));
await until(() => answer !== undefined);
const raw = createRaw((socket) => socket.on('data', (data) => say('raw ' + data)).on('close', () => say('raw closed')).on('error', () => say('raw error')));
await new Promise((resolve) => raw.listen(0, '127.0.0.1', resolve));
const client = connect(raw.address().port, '127.0.0.1');
client.on('close', () => say('client closed')).on('error', () => say('client error')).on('data', () => say('client data'));
await new Promise((resolve) => client.once('connect', resolve));
const udp = createSocket('udp4', (message) => say('udp ' + message));
await new Promise((resolve) => udp.bind(0, '127.0.0.1', resolve));
const watcher = watch(folder, () => say('watch'));
watchFile(folder + '/polled', { interval: 20 }, () => say('watchFile'));
const kid = nodeSpawn('sh', ['-c', 'sleep 0.3; echo kid']);
kid.stdout.on('data', (data) => say(String(data).trim()));
kid.on('exit', () => say('exit of kid'));
const sibling = await spawn('sh', ['-c', 'sleep 0.3; echo sibling']);
sibling.stdout.on('data', (data) => say(String(data).trim()));
const siblingEnd = sibling.wait().then((status) => say('end of sibling ' + status.code));
process.on('SIGTERM', () => say('SIGTERM'));
process.on('SIGUSR2', () => say('SIGUSR2'));
signals.on('SIGHUP', () => say('SIGHUP'));
signals.ignore('SIGINT');
process.on('exit', () => say('exit'));
process.on('beforeExit', () => say('beforeExit'));
process.on('warning', () => say('warning'));
process.on('uncaughtException', () => say('uncaughtException'));
process.on('unhandledRejection', () => say('unhandledRejection'));
process.exitCode = 0;
current.onExit(() => say('exitor'));
const { port1, port2 } = new MessageChannel();
port2.on('message', (message) => say('message ' + message));
const aborted = AbortSignal.timeout(100);
aborted.addEventListener('abort', () => say('abort'));
const chain = (async () => {
  for (let i = 0; i < 10; i++) {
    await readFile('/proc/self/stat');
    await new Promise((resolve) => setTimeout(resolve, 10));
    if (process.pid !== parent) say('promise chain');
  }
})();
const finish = async () => {
  clearInterval(interval);
  await siblingEnd;
  await chain;
  answer.end('at last');
  tell(await late);
  client.destroy();
  watcher.close();
  unwatchFile(folder + '/polled');
  port1.close();
  udp.close();
  raw.close();
  server.close();
  server.closeAllConnections();
  agent.destroy();
  rmSync(folder, { recursive: true });
};
`;

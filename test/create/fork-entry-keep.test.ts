/** What is handed on to a forked child by `keep`, and what is not. */
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { withFork } from '../harness/fork-code.ts';

test('a server that is kept serves in the child too, and there alone when the parent closes it', async () => {
  const { told, stderr } = await withFork(`
    import { createServer } from 'node:http';
    let served = 0;
    const server = createServer((request, response) => {
      served++;
      response.setHeader('connection', 'close');
      response.end(String(process.pid));
      if (served === 3 && request.url === '/last') setImmediate(() => server.close());
    });
    await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address();
    const child = await fork(() => {}, { keep: [server] });
    await new Promise((resolve) => server.close(resolve));
    const ask = async (path) => Number(await (await fetch('http://127.0.0.1:' + port + path)).text());
    tell([await ask('/'), await ask('/'), await ask('/last')].every((pid) => pid === child.pid));
    tell([served, (await child.wait()).code]);
  `);
  assert.deepEqual(told, [true, [0, 0]], stderr);
});

test('the time-outs of what is kept go on', async () => {
  const { told, stderr } = await withFork(`
    import { createServer } from 'node:http';
    import { connect } from 'node:net';
    const server = createServer({ headersTimeout: 100, requestTimeout: 150, connectionsCheckingInterval: 20 }, () => {});
    await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address();
    const idle = createServer(() => {});
    await new Promise((resolve) => idle.listen(0, '127.0.0.1', resolve));
    const socket = connect(idle.address().port, '127.0.0.1');
    await new Promise((resolve) => socket.once('connect', resolve));
    socket.setTimeout(200);
    const child = await fork(async () => {
      server.on('connection', (each) => each.on('close', () => server.close()));
      await new Promise((resolve) => socket.once('timeout', resolve));
      tell('time-out of the socket');
      socket.destroy();
    }, { keep: [server, socket] });
    socket.destroy();
    await new Promise((resolve) => server.close(resolve));
    const slow = connect(port, '127.0.0.1', () => slow.write('GET / HTTP/1.1\\r\\n'));
    let text = '';
    for await (const data of slow) text += data;
    tell(text.split('\\r\\n')[0]);
    tell((await child.wait()).code);
    idle.close();
    idle.closeAllConnections();
  `);
  assert.deepEqual(
    new Set(told),
    new Set(['time-out of the socket', 'HTTP/1.1 408 Request Timeout', 0]),
    stderr,
  );
});

test('four workers on one port, each by fork(entry)', async () => {
  const { told, stderr } = await withFork(`
    import { createServer } from 'node:http';
    const server = createServer((request, response) => {
      response.setHeader('connection', 'close');
      response.end(String(process.pid));
    });
    await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address();
    const work = () => void process.once('SIGTERM', () => process.exit(3));
    const workers = await Promise.all([1, 2, 3, 4].map(() => fork(work, { keep: [server] })));
    server.close();
    const served = new Set();
    await until(async () => {
      served.add(Number(await (await fetch('http://127.0.0.1:' + port)).text()));
      return served.size > 1;
    });
    tell([...served].every((pid) => workers.some((worker) => worker.pid === pid)));
    for (const worker of workers) worker.signal('SIGTERM');
    tell(await Promise.all(workers.map(async (worker) => (await worker.wait()).code)));
  `);
  assert.deepEqual(told, [true, [3, 3, 3, 3]], stderr);
});

test('a socket, a UDP socket, the stream of a child, and descriptors are kept', async () => {
  const { told, stderr } = await withFork(`
    import { connect, createServer } from 'node:net';
    import { createSocket } from 'node:dgram';
    import { openSync, readSync, closeSync } from 'node:fs';
    import { pipe } from 'brood';
    const server = createServer();
    await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
    const accepted = new Promise((resolve) => server.once('connection', resolve));
    const socket = connect(server.address().port, '127.0.0.1');
    const other = await accepted;
    const udp = createSocket('udp4');
    await new Promise((resolve) => udp.bind(0, '127.0.0.1', resolve));
    const cat = await spawn('cat');
    const { stdin, stdout } = cat;
    const { readEnd, writeEnd } = pipe();
    const fd = openSync('/proc/self/comm');
    const child = await fork(async () => {
      socket.write('from the child');
      udp.once('message', (message, from) => {
        udp.send('back ' + message, from.port, () => udp.close());
      });
      tell(readSync(fd, Buffer.alloc(1)));
      await writeEnd.writable().end('through a pipe');
      stdin.end('through cat');
      let text = '';
      for await (const data of stdout) text += data;
      tell(text);
      socket.end();
    }, { keep: [socket, udp, stdin, stdout, readEnd, fd] });
    writeEnd.close();
    stdin.destroy();
    stdout.destroy();
    let text = '';
    for await (const data of readEnd.readable()) text += data;
    tell(text);
    tell(String(await new Promise((resolve) => other.once('data', resolve))));
    const asker = createSocket('udp4');
    const port = udp.address().port;
    udp.close();
    asker.send('question', port);
    tell(String(await new Promise((resolve) => asker.once('message', resolve))));
    asker.close();
    tell([(await child.wait()).code, (await cat.wait()).code]);
    socket.destroy();
    other.destroy();
    server.close();
    closeSync(fd);
  `);
  const of = (text: string): unknown => told.find((line) => line === text);
  assert.equal(of('through cat'), 'through cat', stderr);
  assert.equal(of('through a pipe'), 'through a pipe', stderr);
  assert.equal(of('from the child'), 'from the child', stderr);
  assert.equal(of('back question'), 'back question', stderr);
  assert.deepEqual(told.at(-1), [0, 0], stderr);
});

test('what is not kept gives an error to who uses it in the child, and the parent hears nothing', async () => {
  const { told, stderr } = await withFork(`
    import { connect, createServer } from 'node:net';
    import { Agent, createServer as createHttp, get } from 'node:http';
    const heard = [];
    const server = createServer((socket) => socket.on('data', (data) => heard.push(String(data))).on('end', () => heard.push('end')));
    await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
    const socket = connect(server.address().port, '127.0.0.1');
    await new Promise((resolve) => socket.once('connect', resolve));
    const web = createHttp((request, response) => response.end('served'));
    await new Promise((resolve) => web.listen(0, '127.0.0.1', resolve));
    const { port } = web.address();
    const ask = (options) => new Promise((resolve) => get({ port, host: '127.0.0.1', ...options }, (response) => {
      response.resume();
      response.on('end', () => resolve('served'));
    }).on('error', (error) => resolve(error.code)));
    const agent = new Agent({ keepAlive: true });
    tell([await ask({ agent }), await ask({}), await (await fetch('http://127.0.0.1:' + port)).text()]);
    const child = await fork(async () => {
      tell(await new Promise((resolve) => socket.once('error', (error) => resolve(error.code)).write('no')));
      server.close();
      socket.destroy();
      // Node's own agents have let go of the parent's connections; one of the program's has not.
      tell([await ask({ agent }), await ask({ agent }), await ask({}), await (await fetch('http://127.0.0.1:' + port)).text()]);
      process.exit(0);
    });
    tell((await child.wait()).code);
    socket.write('yes');
    await until(() => heard.length > 0);
    tell([heard, socket.destroyed, await ask({ agent }), await ask({})]);
    socket.destroy();
    server.close();
    web.close();
    web.closeAllConnections();
    agent.destroy();
  `);
  assert.deepEqual(
    told,
    [
      ['served', 'served', 'served'],
      'EPIPE',
      ['EPIPE', 'served', 'served', 'served'],
      0,
      [['yes'], false, 'served', 'served'],
    ],
    stderr,
  );
});

test('a closed thing cannot be kept', async () => {
  const { told, stderr } = await withFork(`
    import { createServer, Socket } from 'node:net';
    const never = () => process.exit(99);
    const server = createServer();
    for (const keep of [[server], [new Socket()], ['x'], [null], [Symbol()], [-1], [1.5]]) {
      tell(await fork(never, { keep }).then(() => 'forked', (error) => error.code));
    }
    tell(current.children().length);
  `);
  const { length } = told;
  assert.equal(length, 8, stderr);
  assert.deepEqual(told, [
    'ERR_INVALID_ARG_VALUE',
    'ERR_INVALID_ARG_VALUE',
    'ERR_INVALID_ARG_TYPE',
    'ERR_INVALID_ARG_TYPE',
    'ERR_INVALID_ARG_TYPE',
    'ERR_OUT_OF_RANGE',
    'ERR_OUT_OF_RANGE',
    0,
  ]);
});

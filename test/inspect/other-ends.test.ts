/** Who holds the other end of a pipe or a socket. */
import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';

import { pipe, socketpair, spawn as broodSpawn } from 'brood';
import { type DescriptorInfo, inspect, isMissing, type OtherEnd } from 'brood/inspect';

import { isRoot, otherUser } from '../harness/as-user.ts';
import { requireProgram } from '../harness/programs.ts';
import { tellingNode } from '../harness/telling-node.ts';
import { temporaryFolder } from '../harness/temp.ts';

async function descriptorsOf(pid: number): Promise<readonly DescriptorInfo[]> {
  const { descriptors } = await inspect(pid, ['descriptors']);
  assert.ok(!isMissing(descriptors), JSON.stringify(descriptors));
  return descriptors;
}

async function descriptorOf(pid: number, fd: number): Promise<DescriptorInfo> {
  const found = (await descriptorsOf(pid)).find((each) => each.fd === fd);
  assert.ok(found !== undefined, `${fd} of ${pid}`);
  return found;
}

function endOf(descriptor: DescriptorInfo): OtherEnd {
  const { otherEnd } = descriptor;
  assert.ok(otherEnd !== undefined && !isMissing(otherEnd), JSON.stringify(descriptor));
  return otherEnd;
}

test('both ends of a pipe, by how they were opened', async (t) => {
  const { readEnd, writeEnd } = pipe();
  t.after(async () => {
    readEnd.close();
    writeEnd.close();
  });
  const reading = await descriptorOf(process.pid, readEnd.fd);
  assert.deepEqual([reading.type, reading.access, reading.closeOnExec], ['pipe', 'read', true]);
  assert.deepEqual(endOf(reading).holders, [
    { pid: process.pid, fd: writeEnd.fd, access: 'write' },
  ]);
  const writing = await descriptorOf(process.pid, writeEnd.fd);
  assert.deepEqual(endOf(writing).holders, [{ pid: process.pid, fd: readEnd.fd, access: 'read' }]);
});

test('a child holds the other end of its streams', async () => {
  await using child = await broodSpawn('sleep', ['60'], { stderr: 'ignore' });
  const [input, output] = [await descriptorOf(child.pid, 0), await descriptorOf(child.pid, 1)];
  assert.deepEqual([input.access, output.access], ['read', 'write']);
  const [own] = endOf(input).holders;
  assert.equal(own?.pid, process.pid);
  const back = endOf(await descriptorOf(process.pid, own?.fd ?? -1));
  assert.deepEqual(back, {
    holders: [{ pid: child.pid, fd: 0, access: 'read' }],
    unseen: back.unseen,
    where: 'here',
  });
});

test('a socket pair', async () => {
  const [a, b] = socketpair();
  try {
    const descriptor = await descriptorOf(process.pid, a.fd);
    assert.equal(descriptor.type, 'socket');
    const { socket } = descriptor;
    assert.ok(socket !== undefined && !isMissing(socket));
    assert.deepEqual([socket.family, socket.type, socket.state], ['unix', 'stream', 'established']);
    assert.deepEqual(endOf(descriptor).holders, [{ pid: process.pid, fd: b.fd, access: 'both' }]);
    b.close();
    assert.deepEqual(endOf(await descriptorOf(process.pid, a.fd)).holders, []);
  } finally {
    a.close();
    b.close();
  }
});

/** A server, a client of it, and the server's side of the connection; closed after the test. */
async function connection(
  t: TestContext,
  path?: string,
): Promise<{ server: Server; client: Socket; side: Socket }> {
  const server = createServer();
  await new Promise<void>((resolve) => {
    if (path === undefined) server.listen(0, '127.0.0.1', resolve);
    else server.listen(path, resolve);
  });
  const client =
    path === undefined
      ? connect((server.address() as AddressInfo).port, '127.0.0.1')
      : connect(path);
  const [[side]] = (await Promise.all([once(server, 'connection'), once(client, 'connect')])) as [
    [Socket],
    unknown,
  ];
  t.after(async () => {
    client.destroy();
    side.destroy();
    await new Promise((resolve) => server.close(resolve));
  });
  return { server, client, side };
}

/** Node keeps it in a part that has no type. */
const fdOf = (socket: Server | Socket): number =>
  (Reflect.get(socket, '_handle') as { fd: number }).fd;

test('a connection over TCP within the machine', async (t) => {
  const { server, client, side } = await connection(t);
  const { port } = server.address() as AddressInfo;
  const listening = await descriptorOf(process.pid, fdOf(server));
  assert.ok(listening.socket !== undefined && !isMissing(listening.socket));
  assert.deepEqual(
    [listening.socket.local, listening.socket.state],
    [`127.0.0.1:${port}`, 'listening'],
  );
  assert.equal(listening.otherEnd, undefined);
  const connected = await descriptorOf(process.pid, fdOf(client));
  assert.ok(connected.socket !== undefined && !isMissing(connected.socket));
  assert.equal(connected.socket.remote, `127.0.0.1:${port}`);
  assert.deepEqual(endOf(connected).holders, [
    { pid: process.pid, fd: fdOf(side), access: 'both' },
  ]);
});

test('a connection over a unix socket with a path', async (t) => {
  const path = join(await temporaryFolder(t), 'door');
  const { client, side } = await connection(t, path);
  const descriptor = await descriptorOf(process.pid, fdOf(client));
  assert.ok(descriptor.socket !== undefined && !isMissing(descriptor.socket));
  assert.equal(descriptor.socket.remote, path);
  assert.deepEqual(endOf(descriptor).holders, [
    { pid: process.pid, fd: fdOf(side), access: 'both' },
  ]);
  if (!requireProgram(t, 'ss')) return;
  // ss shows the two inodes of each pair in one line.
  const inodes = new RegExp(` ${descriptor.inode} .* (\\d+) *$`, 'm').exec(
    execFileSync('ss', ['-xnH'], { encoding: 'utf8' }),
  );
  assert.equal(Number(inodes?.[1]), (await descriptorOf(process.pid, fdOf(side))).inode);
});

test('a FIFO', async (t) => {
  if (!requireProgram(t, 'mkfifo')) return;
  const path = join(await temporaryFolder(t), 'fifo');
  execFileSync('mkfifo', [path]);
  // Opened for both: neither waits for the other.
  const child = spawn('sh', ['-c', 'exec 3<>"$0"; exec 4>"$0"; echo ready; read line', path], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  t.after(async () => {
    const closed = once(child, 'close');
    child.kill('SIGKILL');
    await closed;
  });
  await once(child.stdout, 'data');
  const descriptor = await descriptorOf(child.pid as number, 4);
  assert.deepEqual(
    [descriptor.type, descriptor.target, descriptor.access],
    ['fifo', path, 'write'],
  );
  assert.deepEqual(endOf(descriptor).holders, [{ pid: child.pid, fd: 3, access: 'both' }]);
});

test(
  'says how many processes it could not look into',
  { skip: !isRoot && 'not root' },
  async () => {
    const { told, stderr } = await tellingNode(
      `import { inspect } from 'brood/inspect';
    const { descriptors } = await inspect(process.pid, ['descriptors']);
    tell(descriptors.find(({ fd }) => fd === 1));`,
      otherUser,
    );
    const output = told[0] as DescriptorInfo;
    assert.ok(output !== undefined, stderr);
    // The other end is this program's, which belongs to root.
    const end = endOf(output);
    assert.deepEqual(end.holders, []);
    assert.ok(end.unseen >= 1);
  },
);

test('agrees with lsof on the descriptors of a program', async (t) => {
  if (!requireProgram(t, 'lsof')) return;
  await using child = await broodSpawn('sleep', ['60'], { fds: { 7: 'pipe' } });
  const lines = execFileSync(
    'lsof',
    ['-n', '-P', '-a', '-p', String(child.pid), '-d', '0-99', '-F', 'fi'],
    { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] },
  ).split('\n');
  const seen = lines.flatMap((line, at) =>
    line.startsWith('f') ? [[Number(line.slice(1)), Number(lines[at + 1]?.slice(1))]] : [],
  );
  const own = (await descriptorsOf(child.pid)).map(({ fd, inode }) => [fd, inode]);
  assert.deepEqual(own, seen);
});

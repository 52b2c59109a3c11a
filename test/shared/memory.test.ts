import assert from 'node:assert/strict';
import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';

import { type FileDescriptor, open, socketpair, spawn } from 'brood';
import { SharedMemory } from 'brood/shared';

import { closing } from '../harness/closing.ts';
import { descriptorsOf, until } from '../harness/proc.ts';
import { root } from '../harness/root.ts';
import { share } from '../harness/sharing.ts';
import { temporaryFolder } from '../harness/temp.ts';

test('what one writes the others see, in the same pages', async (t) => {
  const [memory] = closing(t, new SharedMemory(10_000));
  assert.equal(memory.byteLength, 10_000);
  assert.ok(memory.buffer instanceof ArrayBuffer);
  const bytes = new Uint8Array(memory.buffer);
  assert.ok(bytes.every((byte) => byte === 0));
  bytes[9999] = 7;
  const other = share(
    t,
    memory,
    `const bytes = new Uint8Array(memory.buffer);
     tell([memory.byteLength, bytes[9999]]);
     const numbers = new Int32Array(memory.buffer);
     while (Atomics.load(numbers, 0) !== 1) await sleep(1);
     Atomics.store(numbers, 0, 2);
     tell('done');`,
  );
  assert.deepEqual(await other.next(), [10_000, 7]);
  const numbers = new Int32Array(memory.buffer);
  Atomics.store(numbers, 0, 1);
  assert.equal(await other.next(), 'done');
  assert.equal(Atomics.load(numbers, 0), 2);
  assert.equal((await other.end).code, 0);
});

test('its descriptor goes to several children at once, and is made anew', async (t) => {
  const [memory] = closing(t, new SharedMemory(64));
  const code = `import { SharedMemory } from 'brood/shared';
    Atomics.add(new Int32Array(SharedMemory.from(3).buffer), 0, 1);`;
  const start = (): ReturnType<typeof spawn> =>
    spawn(process.execPath, ['--input-type=module', '-e', code], {
      cwd: root,
      fds: { 3: memory.descriptor },
      stdin: 'ignore',
      stdout: 'ignore',
      stderr: 'inherit',
    });
  const children = await Promise.all([start(), start(), start()]);
  for (const child of children) assert.equal((await child.wait()).code, 0);
  assert.equal(new Int32Array(memory.buffer)[0], 3);
});

test('it travels over a socket, and stays when its maker has gone', async (t) => {
  const [ours, theirs] = closing(t, ...socketpair());
  {
    using memory = new SharedMemory(100);
    new Uint8Array(memory.buffer).fill(5);
    await ours.send([memory.descriptor], 'memory');
  }
  const { descriptors } = await theirs.receive();
  const [received] = closing(t, SharedMemory.from(descriptors[0] as FileDescriptor));
  assert.ok((descriptors[0] as FileDescriptor).isClosed);
  assert.deepEqual([...new Uint8Array(received.buffer, 98)], [5, 5]);
});

test('closed, it has no length, for its views too, and no descriptor is left', () => {
  const before = descriptorsOf(process.pid).size;
  const memory = new SharedMemory(100);
  const bytes = new Uint8Array(memory.buffer);
  assert.ok(memory.descriptor.closeOnExec);
  assert.equal(memory.descriptor, memory.descriptor);
  memory.close();
  memory.close();
  assert.deepEqual([memory.isClosed, memory.byteLength, bytes.length], [true, 0, 0]);
  assert.equal(descriptorsOf(process.pid).size, before);
  assert.throws(() => memory.descriptor, { code: 'EBADF' });
});

/** What the kernel has of shared memory in use, in bytes. */
function shmem(): number {
  const match = /^Shmem:\s+(\d+) kB$/m.exec(readFileSync('/proc/meminfo', 'latin1'));
  return Number(match?.[1]) * 1024;
}

test('it is freed with its last user, also if that is killed', async (t) => {
  const size = 256 * 1024 * 1024;
  const memory = new SharedMemory(size);
  const before = shmem();
  const other = share(
    t,
    memory,
    `new Uint8Array(memory.buffer).fill(1); tell(1); await sleep(60_000);`,
  );
  await other.next();
  memory.close();
  assert.ok(shmem() - before > size / 2, 'the other one has it');
  await other.kill();
  await until(() => shmem() - before < size / 2, 'the pages to be freed');
});

test('its size cannot change under anybody, and no file that can shrink is taken', async (t) => {
  const [memory] = closing(t, new SharedMemory(100));
  const other = share(
    t,
    memory,
    `import { ftruncateSync } from 'node:fs';
     for (const size of [0, 50, 200]) {
       try { ftruncateSync(memory.descriptor.fd, size); tell('done'); }
       catch (error) { tell(error.code); }
     }`,
  );
  assert.deepEqual((await other.end).told, ['EPERM', 'EPERM', 'EPERM']);
  const path = join(await temporaryFolder(t), 'file');
  writeFileSync(path, 'text');
  const file = open(path, 'r+');
  assert.throws(() => SharedMemory.from(file), { code: 'ERR_INVALID_ARG_VALUE' });
  assert.equal(file.isClosed, false);
  file.close();
  assert.equal(statSync(path).size, 4);
  assert.throws(() => SharedMemory.from(9999), { name: 'ProcessError', code: 'EBADF' });
});

test('a name finds it as long as somebody has it, however they end', async (t) => {
  const name = `brood-test-${process.pid}`;
  assert.throws(() => SharedMemory.open(name), { name: 'ProcessError', code: 'ENOENT' });
  const memory = new SharedMemory(100, { name });
  assert.throws(() => new SharedMemory(100, { name }), { code: 'EEXIST' });
  assert.throws(() => SharedMemory.open(name, 200), { code: 'ERR_INVALID_ARG_VALUE' });
  const other = share(
    t,
    memory,
    `const found = SharedMemory.open(${JSON.stringify(name)});
     new Uint8Array(found.buffer)[0] = 9;
     memory.close();
     tell(found.byteLength);
     await sleep(60_000);`,
  );
  assert.equal(await other.next(), 100);
  assert.equal(new Uint8Array(memory.buffer)[0], 9);
  memory.close();
  // Its maker has gone; the other one still has it.
  {
    using found = SharedMemory.open(name, 100);
    assert.equal(new Uint8Array(found.buffer)[0], 9);
  }
  await other.kill();
  assert.throws(() => SharedMemory.open(name), { code: 'ENOENT' });
});

test('of many that open a name at once, all have the same memory', async (t) => {
  const [memory] = closing(t, new SharedMemory(64));
  const name = `brood-test-race-${process.pid}`;
  const code = `
    import { ftruncateSync } from 'node:fs';
    const numbers = new Int32Array(memory.buffer);
    Atomics.add(numbers, 0, 1);
    while (Atomics.load(numbers, 0) < 5) await sleep(0);
    const found = SharedMemory.open('${name}', 4096);
    Atomics.add(new Int32Array(found.buffer), 0, 1);
    Atomics.add(numbers, 1, 1);
    while (Atomics.load(numbers, 1) < 5) await sleep(1);
    tell(new Int32Array(found.buffer)[0]);
    Atomics.add(numbers, 2, 1);
    while (Atomics.load(numbers, 2) < 5) await sleep(1);`;
  const programs = Array.from({ length: 5 }, () => share(t, memory, code));
  for (const { end } of programs) assert.deepEqual((await end).told, [5]);
});

test('its buffer is not transferred, whoever asks for it', (t) => {
  const [memory] = closing(t, new SharedMemory(100, {}));
  const view = new Uint8Array(memory.buffer);
  try {
    structuredClone(memory.buffer, { transfer: [memory.buffer] });
  } catch (error) {
    // Since Node 22; before, it is copied.
    assert.equal((error as Error).name, 'DataCloneError');
  }
  assert.deepEqual([memory.byteLength, view.length], [100, 100]);
});

test('wrong arguments are refused before anything is made', () => {
  const type = { code: 'ERR_INVALID_ARG_TYPE' };
  const range = { code: 'ERR_OUT_OF_RANGE' };
  const value = { code: 'ERR_INVALID_ARG_VALUE' };
  assert.throws(() => new SharedMemory('1' as never), type);
  for (const bytes of [0, -1, 1.5, NaN, 2 ** 53]) {
    assert.throws(() => new SharedMemory(bytes), range);
  }
  assert.throws(() => new SharedMemory(1, 'name' as never), type);
  assert.throws(() => new SharedMemory(1, { name: 5 as never }), type);
  for (const name of ['', 'a/b', 'x'.repeat(65), 'a b']) {
    assert.throws(() => new SharedMemory(1, { name }), value);
    assert.throws(() => SharedMemory.open(name), value);
  }
  assert.throws(() => SharedMemory.from('3' as never), type);
  assert.throws(() => SharedMemory.from(-1), range);
});

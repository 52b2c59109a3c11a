import assert from 'node:assert/strict';
import { test } from 'node:test';

import { Condition, Event, Lock, Queue, Semaphore, SharedMemory } from 'brood/shared';

import { closing } from '../harness/closing.ts';
import { tellingNode } from '../harness/telling-node.ts';

test('what is at a place is what was made there, and it has to fit', (t) => {
  const [memory] = closing(t, new SharedMemory(Condition.bytes + Lock.bytes));
  const lock = Lock.at(memory, Condition.bytes);
  assert.deepEqual([lock.memory, lock.offset], [memory, Condition.bytes]);
  const taken = { code: 'ERR_INVALID_ARG_VALUE' };
  assert.throws(() => Event.at(memory, Condition.bytes), taken);
  assert.throws(() => Semaphore.at(memory, 0), taken);
  assert.throws(() => Queue.at(memory, 0), taken);
  const range = { code: 'ERR_OUT_OF_RANGE' };
  for (const offset of [-8, 4, Condition.bytes + 8]) {
    assert.throws(() => Lock.at(memory, offset), range);
  }
  assert.throws(() => Queue.at(memory, 0, { bytes: 65_536 }), range);
  const type = { code: 'ERR_INVALID_ARG_TYPE' };
  assert.throws(() => Lock.at(memory.buffer as never), type);
  assert.throws(() => Lock.at(memory, '0' as never), type);
  for (const bytes of [63, 68.5, 2 ** 31]) assert.throws(() => new Queue({ bytes }), range);
  assert.throws(() => new Queue({ bytes: 68 }), taken);
  assert.throws(() => new Queue({ maxItems: 0 }), range);
});

test('memory that is not whole is refused, whatever is written in it', async (t) => {
  const [memory] = closing(t, new SharedMemory(Lock.bytes));
  const lock = Lock.at(memory);
  // More places than there is memory.
  new Uint32Array(memory.buffer)[5] = 1_000_000;
  assert.throws(() => lock.isHeld, { name: 'ProcessError', code: 'EFAULT' });
  await assert.rejects(lock.acquire(), { code: 'EFAULT' });
});

test('waits end when their memory is closed here', async () => {
  const memory = new SharedMemory(Lock.bytes + Semaphore.bytes + Queue.bytesFor({ bytes: 64 }));
  const lock = Lock.at(memory);
  const queue = Queue.at(memory, Lock.bytes + Semaphore.bytes, { bytes: 64 });
  await lock.acquire();
  const waits = [lock.acquire(), lock.acquire(), queue.get()];
  memory.close();
  for (const wait of waits) await assert.rejects(wait, { name: 'ProcessError', code: 'EBADF' });
  assert.throws(() => lock.isLocked, { code: 'EBADF' });
  assert.throws(() => Lock.at(memory), { code: 'EBADF' });
});

test('without the addon, what is missing says what has it', async () => {
  const { told, stderr } = await tellingNode(
    `import { Barrier, Event, Lock, Queue, Semaphore, SharedMemory, Value } from 'brood/shared';
     const makers = [
       () => new SharedMemory(1), () => SharedMemory.open('name'), () => SharedMemory.from(0),
       () => new Lock(), () => new Semaphore(), () => new Event(), () => new Barrier(2),
       () => new Queue(), () => new Value('int8'),
     ];
     for (const make of makers) {
       try { make(); tell('made'); } catch (error) { tell([error.name, error.message.includes('Linux')]); }
     }`,
    { env: { BROOD_PLATFORM: 'portable' } },
  );
  assert.equal(stderr, '');
  assert.deepEqual(
    told,
    Array.from({ length: 9 }, () => ['UnsupportedError', true]),
  );
});

test('a worker that is terminated while it waits harms nobody', async () => {
  const { told, stderr, code } = await tellingNode(
    `import { Worker } from 'node:worker_threads';
     import { Lock, SharedMemory } from 'brood/shared';
     const memory = new SharedMemory(Lock.bytes);
     const lock = Lock.at(memory);
     for (let i = 0; i < 5; i++) {
       const held = await lock.acquire();
       const code = \`Promise.all([import('brood'), import('brood/shared')]).then(async ([{ open }, { Lock, SharedMemory }]) => {
         const { parentPort } = await import('node:worker_threads');
         const lock = Lock.at(SharedMemory.from(open('/proc/self/fd/\${memory.descriptor.fd}', 'r+')));
         void lock.acquire();
         parentPort.postMessage(1);
       });\`;
       const worker = new Worker(code, { eval: true });
       await new Promise((resolve) => worker.once('message', resolve));
       await worker.terminate();
       held.release();
       const again = await lock.acquire({ timeout: 20_000 });
       tell(again !== undefined && again.ownerDied === undefined);
       again.release();
     }`,
  );
  assert.equal(stderr, '');
  assert.deepEqual(told, Array(5).fill(true));
  assert.equal(code, 0);
});

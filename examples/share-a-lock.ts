/** Counts in four programs at once, under one lock and with one number that needs none. */
import { type Child, spawn } from 'brood';
import { Lock, SharedMemory, Value } from 'brood/shared';

// The lock, a number that it guards, and one that is changed as a whole.
const memory = new SharedMemory(Lock.bytes + 8 + Value.bytes);
const lock = Lock.at(memory);
const guarded = new Int32Array(memory.buffer, Lock.bytes, 1);
const atomic = Value.at(memory, Lock.bytes + 8, 'int32');

const code = `
  import { Lock, SharedMemory, Value } from 'brood/shared';
  const memory = SharedMemory.from(3);
  const lock = Lock.at(memory);
  const guarded = new Int32Array(memory.buffer, Lock.bytes, 1);
  const atomic = Value.at(memory, Lock.bytes + 8, 'int32');
  for (let i = 0; i < 1000; i++) {
    const held = await lock.acquire();
    guarded[0] = guarded[0] + 1;
    held.release();
    atomic.add(1);
  }
`;
const start = (): Promise<Child> =>
  spawn(process.execPath, ['--input-type=module', '-e', code], {
    fds: { 3: memory.descriptor },
    stdin: 'ignore',
    stdout: 'inherit',
    stderr: 'inherit',
    cwd: import.meta.dirname,
  });

const children = await Promise.all([start(), start(), start(), start()]);
const statuses = await Promise.all(children.map((child) => child.wait()));
console.log(statuses.map(String).join(', '));
{
  using held = await lock.acquire();
  console.log(`under the lock: ${guarded[0]}, without: ${atomic.value}`);
  console.log(`nobody died with it: ${held.ownerDied === undefined}`);
}

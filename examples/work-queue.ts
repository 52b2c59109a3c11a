/** Three programs take work from one queue; one of them is killed, and nobody hangs. */
import { type Child, spawn } from 'brood';
import { Queue, SharedMemory } from 'brood/shared';

const options = { bytes: 65_536, maxItems: 100 };
const memory = new SharedMemory(Queue.bytesFor(options) * 2);
const work = Queue.at<number | null>(memory, 0, options);
const results = Queue.at<[number, number]>(memory, Queue.bytesFor(options), options);

const code = `
  import { Queue, SharedMemory } from 'brood/shared';
  const memory = SharedMemory.from(3);
  const work = Queue.at(memory, 0);
  const results = Queue.at(memory, ${Queue.bytesFor(options)});
  for (let n; (n = await work.get()) !== null; ) await results.put([n, n * n]);
`;
const start = (): Promise<Child> =>
  spawn(process.execPath, ['--input-type=module', '-e', code], {
    fds: { 3: memory.descriptor },
    stdin: 'ignore',
    stdout: 'inherit',
    stderr: 'inherit',
    cwd: import.meta.dirname,
  });

const workers = await Promise.all([start(), start(), start()]);
// It has taken nothing yet: what is in the queue is for those that live.
const [first, second, third] = workers;
third.kill();
await third.wait();

const squares = new Map<number, number>();
for (let n = 1; n <= 50; n++) await work.put(n);
while (squares.size < 50) squares.set(...(await results.get({ timeout: 20_000 })));
await work.put(null);
await work.put(null);
await Promise.all([first.wait(), second.wait()]);
console.log(`50 squares by two workers, the last one is ${squares.get(50)}`);
console.log(`torn: ${work.torn + results.torn}`);

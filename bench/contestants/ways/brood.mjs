import { once } from 'node:events';
import { readSync, writeSync } from 'node:fs';

import { attach, fork, pipe, pipeline, run, spawn } from 'brood';

const ignored = { stdin: 'ignore', stdout: 'ignore', stderr: 'ignore' };
const captured = { stdin: 'ignore', stdout: 'pipe', stderr: 'ignore' };

/** Starts /bin/true and waits for it. */
export async function startAndWait() {
  const child = await spawn('/bin/true', [], ignored);
  const status = await child.wait();
  if (!status.ok) throw new Error(String(status));
}

/** Reads what a program writes, chunk by chunk, and keeps none of it. */
export async function stream(program, args) {
  const child = await spawn(program, args, captured);
  let bytes = 0;
  child.stdout.on('data', (chunk) => {
    bytes += chunk.length;
  });
  await Promise.all([once(child.stdout, 'end'), child.wait()]);
  return bytes;
}

/** Has all that a program writes in one piece. */
export async function whole(program, args) {
  const { stdout } = await run(program, args, { encoding: 'buffer', maxBuffer: Infinity });
  return stdout.length;
}

/** Three stages; returns what the last one printed. */
export async function threeStages(stages) {
  const { stdout } = await pipeline(stages);
  return stdout;
}

/** Waits for a process that somebody else started. */
export async function waitForOther(pid) {
  const status = await attach(pid).wait();
  return status.kind === 'exited' ? status.code : undefined;
}

/** Starts a program; `ended` comes to its exit code. */
export async function start(program, args) {
  const child = await spawn(program, args, ignored);
  return { pid: child.pid, ended: child.wait().then((status) => status.code) };
}

/** Forks, and waits for the child, which ends at once. */
export async function forkAndWait() {
  const child = fork();
  if (child.isCurrent) process.exit(0);
  const status = await child.wait();
  if (!status.ok) throw new Error(String(status));
}

/** Children of this one have what it holds. */
export const sharesMemory = true;

/** As many children that have what this program holds, and have read it; gives them, and what ends them. */
export async function family(count, { readAll }) {
  const { readEnd, writeEnd } = pipe();
  const children = [];
  while (children.length < count) {
    const child = fork();
    if (child.isCurrent) {
      readAll();
      writeSync(writeEnd.fd, 'x');
      setInterval(() => {}, 1000);
      return undefined;
    }
    children.push(child);
  }
  for (let ready = 0; ready < count;) ready += readSync(readEnd.fd, Buffer.alloc(count));
  readEnd.close();
  writeEnd.close();
  const stop = () => Promise.all(children.map((child) => child.terminate({ grace: 0 })));
  return { pids: children.map((child) => child.pid), stop };
}

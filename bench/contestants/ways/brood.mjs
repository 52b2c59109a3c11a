import { once } from 'node:events';

import { attach, pipeline, run, spawn } from 'brood';

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

import { execFile, fork, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const execFilePromise = promisify(execFile);

function end(child) {
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (code) => resolve(code));
  });
}

async function success(child) {
  const code = await end(child);
  if (code !== 0) throw new Error(`exit code ${code}`);
}

/** Starts /bin/true and waits for it. */
export function startAndWait() {
  return success(spawn('/bin/true', [], { stdio: 'ignore' }));
}

/** Reads what a program writes, chunk by chunk, and keeps none of it. */
export async function stream(program, args) {
  const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'ignore'] });
  let bytes = 0;
  child.stdout.on('data', (chunk) => {
    bytes += chunk.length;
  });
  await Promise.all([once(child.stdout, 'end'), success(child)]);
  return bytes;
}

/** Has all that a program writes in one piece. */
export async function whole(program, args) {
  const options = { encoding: 'buffer', maxBuffer: Infinity };
  const { stdout } = await execFilePromise(program, args, options);
  return stdout.length;
}

/** Three stages, joined by streams of this program; returns what the last one printed. */
export async function threeStages([first, second, third]) {
  const a = spawn(first[0], first.slice(1), { stdio: ['ignore', 'pipe', 'inherit'] });
  const b = spawn(second[0], second.slice(1), { stdio: ['pipe', 'pipe', 'inherit'] });
  const c = spawn(third[0], third.slice(1), { stdio: ['pipe', 'pipe', 'inherit'] });
  a.stdout.pipe(b.stdin);
  b.stdout.pipe(c.stdin);
  const [chunks] = await Promise.all([c.stdout.toArray(), success(a), success(b), success(c)]);
  return String(Buffer.concat(chunks));
}

/** Starts a program; `ended` comes to its exit code. */
export function start(program, args) {
  const child = spawn(program, args, { stdio: 'ignore' });
  return { pid: child.pid, ended: end(child) };
}

const module = (name) => fileURLToPath(new URL(`../modules/${name}.mjs`, import.meta.url));

/** Starts a Node that loads an empty module, and waits for its end. */
export function forkAndWait() {
  return success(fork(module('empty'), { stdio: 'ignore' }));
}

/** As many children that hold the same as this program, each a copy; gives them, and what ends them. */
export async function family(count, { held }) {
  const children = Array.from({ length: count }, () =>
    fork(module('copy'), held.map(String), { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] }),
  );
  await Promise.all(children.map((child) => once(child, 'message')));
  const stop = () =>
    Promise.all(
      children.map((child) => {
        const ended = once(child, 'exit');
        child.kill('SIGKILL');
        return ended;
      }),
    );
  return { pids: children.map((child) => child.pid), stop };
}

/**
 * Preloaded into every test file: when it ends, no descriptor may be open that was not there at the
 * start, and no child may be left, zombies included. Processes that are not children (any more) are
 * looked for from outside, by scripts/test/left-overs.mjs.
 */
import { writeSync } from 'node:fs';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

import { childrenOf, descriptorsOf, stat } from './proc.ts';

/**
 * What a running Node opens for itself when it first needs it, and keeps: the files of its event loop
 * and its thread pool. A descriptor of a process or a pipe is never one of them.
 */
const ownKinds = /^anon_inode:\[(eventpoll|eventfd|io_uring)\]$/;

function describeChild(pid: number): string {
  const { comm, state } = stat(pid) ?? { comm: '?', state: '?' };
  return `leaked ${state === 'Z' ? 'zombie' : 'child'}: ${pid} ${comm}`;
}

function leaks(before: ReadonlyMap<number, string>): string[] {
  const descriptors = [...descriptorsOf(process.pid)]
    .filter(([fd, target]) => before.get(fd) !== target && !ownKinds.test(target))
    .map(([fd, target]) => `leaked descriptor: ${fd} ${target}`);
  return [...descriptors, ...childrenOf(process.pid).map(describeChild)];
}

// libuv opens the pipe that carries signals at the first handler, and keeps it.
const nothing = (): void => undefined;
process.on('SIGWINCH', nothing).off('SIGWINCH', nothing);
// And a spare /dev/null at the first stream, to have one to close when descriptors run out.
void process.stdout;

/**
 * An attached process gives its pidfd back when nobody holds its handle any more, which memory tells:
 * so all that the tests dropped is collected first, and what was registered on it gets its turn.
 */
function collect(rounds: number): void {
  if (rounds === 0) return;
  gc();
  setImmediate(collect, rounds - 1);
}

setFlagsFromString('--expose-gc');
const gc = runInNewContext('gc') as () => void;
process.once('beforeExit', () => collect(3));

const before = descriptorsOf(process.pid);
process.once('exit', () => {
  const found = leaks(before);
  if (found.length === 0) return;
  process.exitCode = 1;
  writeSync(2, `${found.join('\n')}\n`);
});

/** Gives a child a log file, a pipe of its own and an environment, and nothing else. */
import { readFile } from 'node:fs/promises';
import { text } from 'node:stream/consumers';

import { pipe, spawn } from 'brood';

const { readEnd, writeEnd } = pipe();
const child = await spawn('sh', ['-c', 'echo "$GREETING on 1"; echo log >&2; echo extra >&3'], {
  stdin: 'ignore',
  stdout: 'pipe',
  stderr: { file: 'log.txt', append: true },
  // Ours is closed as soon as the child has it, so the pipe ends with the child.
  fds: { 3: writeEnd },
  env: { GREETING: 'hello' },
});

const [said, extra] = await Promise.all([
  child.stdout === null ? '' : text(child.stdout),
  text(readEnd.readable()),
  child.wait(),
]);
console.log(`stdout: ${said.trim()}`);
console.log(`descriptor 3: ${extra.trim()}`);
console.log(`log.txt: ${(await readFile('log.txt', 'utf8')).trim()}`);

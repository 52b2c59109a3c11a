import { execa } from 'execa';

/** Starts /bin/true and waits for it; rejects unless its exit code is 0. */
export async function startAndWait() {
  await execa('/bin/true', [], { stdio: 'ignore' });
}

/** Has all that a program writes in one piece. */
export async function whole(program, args) {
  const options = { encoding: 'buffer', maxBuffer: Infinity, stripFinalNewline: false };
  const { stdout } = await execa(program, args, { ...options, stdin: 'ignore' });
  return stdout.length;
}

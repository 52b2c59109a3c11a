import nanoSpawn from 'nano-spawn';

/** Starts /bin/true and waits for it; rejects unless its exit code is 0. */
export async function startAndWait() {
  await nanoSpawn('/bin/true', [], { stdio: 'ignore' });
}

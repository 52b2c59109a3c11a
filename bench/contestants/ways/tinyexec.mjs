import { exec } from 'tinyexec';

/** Starts /bin/true and waits for it; rejects unless its exit code is 0. */
export async function startAndWait() {
  await exec('/bin/true', [], { throwOnError: true, nodeOptions: { stdio: 'ignore' } });
}

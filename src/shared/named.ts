/** Memory by its name: found, or made by one of those that come at once. */
import { ProcessError } from '../errors.ts';
import { platform } from '../platform/select.ts';

/** How long others may look for it and make it, one after the other, in milliseconds. */
const patienceMs = 20_000;

const still = new Int32Array(new SharedArrayBuffer(4));

/** A descriptor of the memory of that name. `bytes`: makes it if there is none; `isNew`: only then. */
export function openNamed(name: string, bytes: number | undefined, isNew = false): number {
  const { shared } = platform();
  // Most find it, and need not stand in line for that.
  const soon = isNew ? undefined : shared.find(name);
  if (soon !== undefined) return soon;
  if (bytes === undefined) throw failure(name, 'ENOENT', 'no process of this user has it');
  const release = reserve(name);
  try {
    const found = shared.find(name);
    if (found === undefined) return shared.create(name, bytes);
    if (!isNew) return found;
    platform().descriptors.close(found);
    throw failure(name, 'EEXIST', 'there is one already');
  } finally {
    release();
  }
}

function reserve(name: string): () => void {
  const end = performance.now() + patienceMs;
  for (;;) {
    const release = platform().shared.reserve(name);
    if (release !== undefined) return release;
    if (performance.now() > end)
      throw failure(name, 'EBUSY', 'another process is at it for too long');
    Atomics.wait(still, 0, 0, 1);
  }
}

function failure(name: string, code: string, why: string): ProcessError {
  return new ProcessError(`shared memory ${JSON.stringify(name)}: ${why} (${code})`, { code });
}

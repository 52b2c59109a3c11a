/** How many processes can really run at the same time. */
import { readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { dirname, join } from 'node:path';

const mount = '/sys/fs/cgroup';

/**
 * The processors that this program may use: those of its affinity, or fewer where its cgroup, or one
 * above it, grants less time than that (cpu.max of cgroup v2, which Node itself looks at since 24 only).
 * At least 1.
 */
export function availableCores(): number {
  return Math.max(1, Math.min(availableParallelism(), Math.ceil(granted())));
}

/** Processors' worth of time; Infinity where nothing is said. */
function granted(): number {
  let least = Infinity;
  for (let at = ownCgroup(); at !== undefined; at = at === '/' ? undefined : dirname(at)) {
    least = Math.min(least, grantOf(join(mount, at, 'cpu.max')));
  }
  return least;
}

/** In a container this may be a path that is not to be seen there, and '/' is its own then. */
function ownCgroup(): string | undefined {
  const line = read('/proc/self/cgroup')
    .split('\n')
    .find((each) => each.startsWith('0::'));
  return line?.slice(3);
}

/** "max 100000" or "150000 100000": microseconds in each period. */
function grantOf(file: string): number {
  const [quota, period] = read(file).split(' ').map(Number);
  const grant = (quota ?? Number.NaN) / (period ?? Number.NaN);
  return grant > 0 ? grant : Infinity;
}

function read(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    // Another system, or no cgroup v2 here: nothing is said.
    return '';
  }
}

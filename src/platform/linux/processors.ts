/**
 * How many processors this program may keep busy: those it may run on, or fewer where its control
 * group has a quota of processor time (of a container, as a rule). Node counts the quota only since
 * libuv 1.49, so not everywhere. Source: sched_getaffinity(2), cgroups(7), cpu.max of cgroup v2.
 */
import { readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';

/** The text of a file; undefined if it cannot be read. */
type Read = (path: string) => string | undefined;

const mount = '/sys/fs/cgroup';

/** At least 1. */
export function processors(): number {
  return Math.min(availableParallelism(), quotaOf(read));
}

/** The smallest quota above this program, in processors, rounded up; Infinity if there is none. */
export function quotaOf(readText: Read): number {
  let least = Infinity;
  for (const line of (readText('/proc/self/cgroup') ?? '').split('\n')) {
    const [, controllers = '', path = ''] = /^\d+:([^:]*):(\/.*)$/.exec(line) ?? [];
    if (path === '') continue;
    const isVersion2 = controllers === '';
    if (!isVersion2 && !controllers.split(',').includes('cpu')) continue;
    const root = isVersion2 ? mount : `${mount}/cpu`;
    // Where the path is that of another namespace, the folders are not there, and the root is ours.
    for (const folder of upwards(path)) {
      const own = isVersion2
        ? quotaOfVersion2(readText, root + folder)
        : quotaOfVersion1(readText, root + folder);
      if (own < least) least = own;
    }
  }
  return Math.max(1, Math.ceil(least));
}

/** The folder and all above it, up to the root (''). */
function* upwards(path: string): Generator<string> {
  for (let at = path; at.length > 1; at = at.slice(0, at.lastIndexOf('/'))) yield at;
  yield '';
}

function quotaOfVersion2(readText: Read, folder: string): number {
  const [quota, period] = (readText(`${folder}/cpu.max`) ?? '').trim().split(' ');
  return ratio(quota, period);
}

function quotaOfVersion1(readText: Read, folder: string): number {
  return ratio(readText(`${folder}/cpu.cfs_quota_us`), readText(`${folder}/cpu.cfs_period_us`));
}

/** No quota is 'max' in version 2, and -1 in version 1. */
function ratio(quota: string | undefined, period: string | undefined): number {
  const processorsOf = Number(quota ?? '') / Number(period ?? '');
  return processorsOf > 0 ? processorsOf : Infinity;
}

function read(path: string): string | undefined {
  try {
    return readFileSync(path, 'latin1');
  } catch {
    // No such controller, no such mount, or not for us: then it sets no bound that we could know.
    return undefined;
  }
}

/** The namespaces and limits that a process lives in, and its control groups. */
import { parseLimits } from '../platform/linux/public-limits.ts';
import type { Limit, LimitName } from '../platform/platform.ts';
import { type CgroupMembership, type Container, containerIn, parseCgroups } from './cgroups.ts';
import { type Known, mapKnown } from './missing.ts';
import { malformed, orUnsupported, type Sources } from './sources.ts';

/** The namespaces of a process by kind, each by its number: the same number is the same namespace. */
export interface Namespaces {
  /** Linux 4.6 */
  readonly cgroup: Known<number>;
  readonly ipc: Known<number>;
  readonly mount: Known<number>;
  readonly network: Known<number>;
  readonly pid: Known<number>;
  /** Where its next children will be. Linux 4.12. */
  readonly pidForChildren: Known<number>;
  /** Linux 5.6 */
  readonly time: Known<number>;
  readonly timeForChildren: Known<number>;
  readonly user: Known<number>;
  readonly uts: Known<number>;
  /** Its pid in each pid namespace that it is in, the innermost last. Linux 4.1. */
  readonly pids: Known<readonly number[]>;
}

/** The control groups of a process. */
export interface CgroupInfo {
  /** Its path in version 2; undefined where only version 1 is in use. */
  readonly path: string | undefined;
  /** One entry for each hierarchy. */
  readonly memberships: readonly CgroupMembership[];
}

/** The links below /proc/PID/ns. */
const links = {
  cgroup: 'cgroup',
  ipc: 'ipc',
  mount: 'mnt',
  network: 'net',
  pid: 'pid',
  pidForChildren: 'pid_for_children',
  time: 'time',
  timeForChildren: 'time_for_children',
  user: 'user',
  uts: 'uts',
} as const;

/** What is read for the group `namespaces`. */
export const namespaceItems: readonly string[] = [
  ...Object.values(links).map((link) => `@ns/${link}`),
  'status',
];

/** The group `namespaces`. */
export function readNamespaces(sources: Sources): Namespaces {
  const numbers = Object.fromEntries(
    Object.entries(links).map(([name, link]) => [name, readNumber(sources, `@ns/${link}`)]),
  ) as unknown as Record<keyof typeof links, Known<number>>;
  const pids = mapKnown(sources.status, (status) =>
    orUnsupported(status.numbers('NSpid'), 'needs Linux 4.1'),
  );
  return { ...numbers, pids };
}

function readNumber(sources: Sources, item: string): Known<number> {
  return mapKnown(sources.link(item), ({ path }): Known<number> => {
    const [, number] = /^\w+:\[(\d{1,16})\]$/.exec(path) ?? [];
    return number === undefined ? malformed(item) : Number(number);
  });
}

/** The group `limits`. Source: /proc/PID/limits, Linux 2.6.24. */
export function readLimits(sources: Sources): Known<Readonly<Record<LimitName, Limit>>> {
  return mapKnown(
    sources.text('limits'),
    (text): Known<Readonly<Record<LimitName, Limit>>> => parseLimits(text) ?? malformed('limits'),
  );
}

/** The group `cgroup`. */
export function readCgroup(sources: Sources): Known<CgroupInfo> {
  return mapKnown(readMemberships(sources), (memberships) => ({
    path: memberships.find(({ hierarchy }) => hierarchy === 0)?.path,
    memberships,
  }));
}

/** The container that its control groups name, null if none: from inside, most containers see none. */
export function readContainer(sources: Sources): Known<Container | null> {
  return mapKnown(readMemberships(sources), containerIn);
}

function readMemberships(sources: Sources): Known<CgroupMembership[]> {
  return mapKnown(
    sources.bytes('cgroup'),
    (bytes): Known<CgroupMembership[]> => parseCgroups(bytes) ?? malformed('cgroup'),
  );
}

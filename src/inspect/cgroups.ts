/** The control groups of a process, and the container that they tell of. Source: cgroups(7). */
import { textOf } from './bytes.ts';

/** One hierarchy of control groups (version 1), or the one of version 2. */
export interface CgroupMembership {
  /** 0 for version 2. */
  readonly hierarchy: number;
  /** Such as `['cpu', 'cpuacct']`; empty for version 2. */
  readonly controllers: readonly string[];
  /** As this program sees it: from the root of its own cgroup namespace. */
  readonly path: string;
}

/** The container that a process is in, as far as its control groups tell it. */
export interface Container {
  /** 'docker', 'podman', 'containerd', 'cri-o', 'lxc', 'systemd-nspawn', or 'unknown'. */
  readonly runtime: string;
  readonly id: string;
}

/** The lines of /proc/PID/cgroup; undefined if one is not as it should be. */
export function parseCgroups(bytes: Buffer): CgroupMembership[] | undefined {
  const memberships: CgroupMembership[] = [];
  // A path may hold a line feed; what begins no line goes on with the one before.
  for (const line of bytes.toString('latin1').split(/\n(?=\d+:)|\n$/)) {
    if (line === '') continue;
    const [, hierarchy, controllers, path] = /^(\d{1,9}):([^:]*):(\/[\s\S]*)$/.exec(line) ?? [];
    if (hierarchy === undefined || controllers === undefined || path === undefined) {
      return undefined;
    }
    memberships.push({
      hierarchy: Number(hierarchy),
      controllers: controllers === '' ? [] : controllers.split(','),
      path: textOf(Buffer.from(path, 'latin1')),
    });
  }
  return memberships;
}

/** How runtimes name their groups. */
const namings: readonly (readonly [RegExp, string])[] = [
  [/\/docker[-/]([\da-f]{64})/, 'docker'],
  [/\/libpod(?:-conmon)?-([\da-f]{64})/, 'podman'],
  [/\/crio(?:-conmon)?-([\da-f]{64})/, 'cri-o'],
  [/\/cri-containerd[-:]([\da-f]{64})/, 'containerd'],
  [/\/kubepods[^\n]*?\/([\da-f]{64})/, 'containerd'],
  [/\/lxc(?:\.payload)?[./]([^/]+)/, 'lxc'],
  [/\/machine\.slice\/systemd-nspawn@([^/]+)\.service/, 'systemd-nspawn'],
  [/\/machine\.slice\/machine-([^/]+)\.scope/, 'systemd-nspawn'],
  [/[/-]([\da-f]{64})(?:\.scope)?(?:\/|$)/, 'unknown'],
];

/** The container that these paths name; null if they name none. */
export function containerIn(memberships: readonly CgroupMembership[]): Container | null {
  for (const [naming, runtime] of namings) {
    for (const { path } of memberships) {
      const id = naming.exec(path)?.[1];
      if (id !== undefined) return { runtime, id };
    }
  }
  return null;
}

/**
 * A cgroup for each run of a child, below the one that this program is in: nothing that came from the
 * child can leave it, and the kernel kills it as a whole. Source: cgroups(7) and the kernel's
 * admin-guide/cgroup-v2; cgroup.kill is of Linux 5.14.
 */
import { mkdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

import { ProcessError, UnsupportedError } from '../errors.ts';
import { checkNumber, checkObject } from './check.ts';

/** Limits of a cgroup; each needs its controller to be delegated to this program. */
export interface CgroupLimits {
  /** Bytes of memory (memory.max). */
  readonly memory?: number | undefined;
  /** How many processes and threads (pids.max). */
  readonly processes?: number | undefined;
  /** How many processors' worth of time; 0.5 is half of one (cpu.max). */
  readonly processors?: number | undefined;
}

/** Checks `cgroup` of a child; undefined: it has none. */
export function checkCgroup(
  value: boolean | CgroupLimits | undefined,
  field: string,
): CgroupLimits | undefined {
  if (value === undefined || value === false) return undefined;
  if (value === true) return {};
  checkObject(value, field, ['memory', 'processes', 'processors']);
  const many = { from: 1, to: Number.MAX_SAFE_INTEGER, whole: true };
  checkNumber(value.memory, `${field}.memory`, many, undefined);
  checkNumber(value.processes, `${field}.processes`, many, undefined);
  checkNumber(value.processors, `${field}.processors`, { from: 0.01, to: 1e6 }, undefined);
  return value;
}

/** The microseconds over which the kernel counts processor time. */
const cpuPeriod = 100_000;
const lookMs = 5;
let made = 0;

/** One cgroup, ours to remove. */
export class Cgroup {
  readonly path: string;

  /** @throws UnsupportedError where there is no cgroup v2, or it is not delegated to us. */
  constructor(name: string, limits: CgroupLimits) {
    const home = homeCgroup();
    const files = filesOf(limits);
    for (const [controller] of files) enable(home, controller);
    this.path = join(home, `brood-${process.pid}-${++made}-${name}`);
    try {
      mkdirSync(this.path);
    } catch (error) {
      throw refusal(`no cgroup can be made in ${home}`, error);
    }
    try {
      for (const [, file, value] of files) writeFileSync(join(this.path, file), value);
    } catch (error) {
      rmdirSync(this.path);
      throw refusal(`the limits of ${this.path} cannot be set`, error);
    }
  }

  /** Whether no process is in it, or below it. */
  get isEmpty(): boolean {
    try {
      return /^populated 0$/m.test(readFileSync(join(this.path, 'cgroup.events'), 'utf8'));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return true;
      throw error;
    }
  }

  /** The pids that are in it; one that it started may be in a cgroup below. */
  members(): number[] {
    try {
      const text = readFileSync(join(this.path, 'cgroup.procs'), 'utf8');
      return text.split('\n').filter(Boolean).map(Number);
    } catch {
      return [];
    }
  }

  /** SIGKILL to all that is in it, however quickly it forks. */
  kill(): void {
    writeFileSync(join(this.path, 'cgroup.kill'), '1');
  }

  /** Resolves with true when it is empty, with false after so many milliseconds. */
  async empty(ms: number): Promise<boolean> {
    const end = performance.now() + ms;
    while (!this.isEmpty) {
      if (performance.now() > end) return false;
      await sleep(lookMs);
    }
    return true;
  }

  /** Removes it, which must be empty. */
  remove(): void {
    try {
      rmdirSync(this.path);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    }
  }
}

/** The directory of the cgroup v2 that this program is in. */
function homeCgroup(): string {
  try {
    const own = /^0::(.*)$/m.exec(readFileSync('/proc/self/cgroup', 'utf8'))?.[1];
    const mounts = readFileSync('/proc/self/mountinfo', 'utf8').split('\n');
    const mount = mounts.find((line) => / - cgroup2 /.test(line))?.split(' ')[4];
    if (own !== undefined && mount !== undefined) return join(mount, own);
  } catch (error) {
    throw refusal('cgroups cannot be read', error);
  }
  throw refusal('no cgroup v2 is mounted here');
}

function filesOf(limits: CgroupLimits): [controller: string, file: string, value: string][] {
  const files: [string, string, string][] = [];
  if (limits.memory !== undefined) files.push(['memory', 'memory.max', String(limits.memory)]);
  if (limits.processes !== undefined) files.push(['pids', 'pids.max', String(limits.processes)]);
  if (limits.processors !== undefined) {
    const quota = Math.round(limits.processors * cpuPeriod);
    files.push(['cpu', 'cpu.max', `${quota} ${cpuPeriod}`]);
  }
  return files;
}

function enable(home: string, controller: string): void {
  try {
    const there = readFileSync(join(home, 'cgroup.controllers'), 'utf8').split(/\s+/);
    if (!there.includes(controller)) {
      throw new ProcessError('the kernel does not offer it there', { code: 'ENOENT' });
    }
    writeFileSync(join(home, 'cgroup.subtree_control'), `+${controller}`);
  } catch (error) {
    throw refusal(`the controller ${controller} is not delegated to ${home}`, error);
  }
}

function refusal(what: string, cause?: unknown): UnsupportedError {
  const why = cause instanceof Error ? ` (${cause.message})` : '';
  return new UnsupportedError(
    `a cgroup for a child cannot be had: ${what}${why}; Linux with a delegated cgroup v2 has it`,
    { cause },
  );
}

/**
 * Attributes of any process, by its pid: no system call takes a pidfd for them. So the ref is asked
 * first whether the process still runs, and again after a read: what was read may have been the
 * attribute of a later process with that pid. A write cannot be taken back; its window is the few
 * microseconds between the question and the call, and none for a child, which keeps its pid until
 * this thread reaps it.
 */
import { NoSuchProcessError, PermissionError, UnsupportedError } from '../../errors.ts';
import type { NativeAddon } from '../binding.ts';
import type {
  IoPriority,
  Limit,
  LimitName,
  ProcessAttributes,
  ProcessRef,
  Scheduling,
} from '../platform.ts';
import { translated } from '../translate.ts';
import {
  ioPriorityNumber,
  ioPriorityOf,
  limitNumber,
  limitNumbers,
  policyName,
  policyNumber,
} from './kernel-numbers.ts';
import { readPublicLimits } from './public-limits.ts';

const limitNames = Object.keys(limitNumbers) as LimitName[];

/** Binds {@link ProcessAttributes} to the addon. */
export function createAttributes(addon: NativeAddon): ProcessAttributes {
  return {
    getPriority: (ref) => read(ref, (pid) => addon.getPriority(pid)),
    setPriority: (ref, nice) => write(ref, (pid) => addon.setPriority(pid, nice)),
    getAffinity: (ref) => read(ref, (pid) => addon.getAffinity(pid)),
    setAffinity: (ref, cpus) => write(ref, (pid) => addon.setAffinity(pid, cpus)),
    getLimits: (ref) => getLimits(addon, ref),
    setLimit: (ref, name, { soft, hard }) =>
      write(ref, (pid) =>
        addon.setLimit(pid, limitNumbers[name], limitNumber(soft), limitNumber(hard)),
      ),
    getScheduling: (ref) =>
      schedulingOf(
        ref.pid,
        read(ref, (pid) => addon.getScheduling(pid)),
      ),
    setScheduling: (ref, { policy, priority }) =>
      write(ref, (pid) => addon.setScheduling(pid, policyNumber(policy), priority)),
    getIoPriority: (ref): IoPriority => ioPriorityOf(read(ref, (pid) => addon.getIoPriority(pid))),
    setIoPriority: (ref, ioPriority) =>
      write(ref, (pid) => addon.setIoPriority(pid, ioPriorityNumber(ioPriority))),
  };
}

function checkRuns(ref: ProcessRef): void {
  if (ref.end() !== undefined) throw new NoSuchProcessError(ref.pid);
}

function write(ref: ProcessRef, call: (pid: number) => void): void {
  checkRuns(ref);
  translated(() => call(ref.pid), ref.pid);
}

function read<T>(ref: ProcessRef, call: (pid: number) => T): T {
  checkRuns(ref);
  const value = translated(() => call(ref.pid), ref.pid);
  checkRuns(ref);
  return value;
}

function getLimits(addon: NativeAddon, ref: ProcessRef): Record<LimitName, Limit> {
  try {
    return read(ref, (pid) => {
      const entries = limitNames.map((name) => {
        const [soft, hard] = addon.getLimit(pid, limitNumbers[name]);
        return [name, { soft: limitOf(soft), hard: limitOf(hard) }] as const;
      });
      return Object.fromEntries(entries) as Record<LimitName, Limit>;
    });
  } catch (error) {
    // prlimit(2) tells only the owner; /proc/PID/limits tells everybody.
    const limits = error instanceof PermissionError ? readPublicLimits(ref.pid) : undefined;
    if (limits === undefined) throw error;
    checkRuns(ref);
    return limits;
  }
}

function limitOf(number: number): number {
  return number < 0 ? Infinity : number;
}

function schedulingOf(pid: number, [number, priority]: [number, number]): Scheduling {
  const policy = policyName(number);
  if (policy === undefined) {
    throw new UnsupportedError(
      `process ${pid} has the scheduling policy ${number} (6 is deadline): see sched_getattr(2)`,
      { pid },
    );
  }
  return { policy, priority };
}

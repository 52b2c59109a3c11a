/** The kernel's numbers for what brood calls by name. */
import type { IoPriority, Limit, LimitName, SchedulingPolicy } from '../platform.ts';

/** The resources of prlimit(2); the same on all architectures that Node runs on. */
export const limitNumbers: Readonly<Record<LimitName, number>> = {
  cpuTime: 0,
  fileSize: 1,
  dataSize: 2,
  stackSize: 3,
  coreSize: 4,
  residentSet: 5,
  processes: 6,
  openFiles: 7,
  lockedMemory: 8,
  addressSpace: 9,
  locks: 10,
  pendingSignals: 11,
  messageQueues: 12,
  nice: 13,
  realtimePriority: 14,
  realtimeTime: 15,
};

/** SCHED_* of sched_setscheduler(2). */
const policyNumbers: Readonly<Record<SchedulingPolicy, number>> = {
  other: 0,
  fifo: 1,
  roundRobin: 2,
  batch: 3,
  idle: 5,
};

const ioClasses = ['none', 'realtime', 'bestEffort', 'idle'] as const;
const ioClassShift = 13;

/** -1 stands for RLIM_INFINITY. */
export function limitNumber(value: number): number {
  return value === Infinity ? -1 : value;
}

export function flatLimit(name: LimitName, { soft, hard }: Limit): number[] {
  return [limitNumbers[name], limitNumber(soft), limitNumber(hard)];
}

export function policyNumber(policy: SchedulingPolicy): number {
  return policyNumbers[policy];
}

/** undefined for a policy that has no name here (deadline, which other numbers describe). */
export function policyName(number: number): SchedulingPolicy | undefined {
  // SCHED_RESET_ON_FORK may be set in what the kernel tells.
  const plain = number & ~0x40000000;
  return (Object.keys(policyNumbers) as SchedulingPolicy[]).find(
    (name) => policyNumbers[name] === plain,
  );
}

/** As ioprio_set(2) takes it: the class above the level. */
export function ioPriorityNumber(ioPriority: IoPriority): number {
  return (ioClasses.indexOf(ioPriority.class) << ioClassShift) | ioPriority.level;
}

export function ioPriorityOf(number: number): IoPriority {
  const name = ioClasses[(number >> ioClassShift) & 7] ?? 'none';
  return { class: name, level: number & 7 };
}

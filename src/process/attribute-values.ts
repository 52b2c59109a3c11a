/** Checks of the values that attributes of a process can have. */
import { invalidType, invalidValue, outOfRange } from '../errors.ts';
import type { IoPriority, Limit, LimitName, Scheduling } from '../platform/platform.ts';

/** What a limit can be set to; a number is both the soft and the hard one. */
export type LimitValues = { readonly [Name in LimitName]?: number | Limit | undefined };

const limitNames: readonly LimitName[] = [
  'addressSpace',
  'coreSize',
  'cpuTime',
  'dataSize',
  'fileSize',
  'locks',
  'lockedMemory',
  'messageQueues',
  'nice',
  'openFiles',
  'processes',
  'residentSet',
  'realtimePriority',
  'realtimeTime',
  'pendingSignals',
  'stackSize',
];

/** Lowest and highest priority of each policy. */
const policies: Readonly<Record<Scheduling['policy'], readonly [number, number]>> = {
  other: [0, 0],
  batch: [0, 0],
  idle: [0, 0],
  fifo: [1, 99],
  roundRobin: [1, 99],
};

/** Highest level of each class. */
const ioClasses: Readonly<Record<IoPriority['class'], number>> = {
  none: 0,
  realtime: 7,
  bestEffort: 7,
  idle: 0,
};

/** Level of those that say none: in the middle, as ionice(1) has it. */
const middleLevel = 4;
const highestProcessor = 1023;

/** An integer from `lowest` to `highest`. */
export function checkInteger(
  value: unknown,
  name: string,
  lowest: number,
  highest: number,
): number {
  if (typeof value !== 'number') throw invalidType(name, 'an integer', value);
  if (!Number.isInteger(value) || value < lowest || value > highest) {
    throw outOfRange(name, `an integer from ${lowest} to ${highest}`, value);
  }
  return value;
}

/** A nice value. */
export function checkPriority(value: unknown, name: string): number {
  return checkInteger(value, name, -20, 19);
}

/** Numbers of processors; at least one. */
export function checkAffinity(value: unknown, name: string): number[] {
  if (!Array.isArray(value)) throw invalidType(name, 'an array of integers', value);
  if (value.length === 0) throw invalidValue(name, value, 'must name at least one processor');
  return value.map((cpu: unknown, i) => checkInteger(cpu, `${name}[${i}]`, 0, highestProcessor));
}

/** A policy, and a priority where the policy has one. */
export function checkScheduling(value: unknown, name: string): Scheduling {
  const { policy, priority } = checkFields(value, name, ['policy', 'priority']);
  if (!isKeyOf(policies, policy)) throw notOneOf(policy, `${name}.policy`, Object.keys(policies));
  const [lowest, highest] = policies[policy];
  return {
    policy,
    priority: checkInteger(priority ?? lowest, `${name}.priority`, lowest, highest),
  };
}

/** A class of input and output, and a level where the class has some. */
export function checkIoPriority(value: unknown, name: string): IoPriority {
  const given = checkFields(value, name, ['class', 'level']);
  const ioClass = given['class'];
  if (!isKeyOf(ioClasses, ioClass))
    throw notOneOf(ioClass, `${name}.class`, Object.keys(ioClasses));
  const highest = ioClasses[ioClass];
  const usual = highest === 0 ? 0 : middleLevel;
  return {
    class: ioClass,
    level: checkInteger(given['level'] ?? usual, `${name}.level`, 0, highest),
  };
}

/** Limits by name. */
export function checkLimits(value: unknown, name: string): Map<LimitName, Limit> {
  const given = checkFields(value, name, limitNames);
  const limits = new Map<LimitName, Limit>();
  for (const limitName of limitNames) {
    const limit = given[limitName];
    if (limit !== undefined) limits.set(limitName, checkLimit(limit, `${name}.${limitName}`));
  }
  return limits;
}

function checkLimit(value: unknown, name: string): Limit {
  if (typeof value === 'number') {
    const both = checkAmount(value, name);
    return { soft: both, hard: both };
  }
  const given = checkFields(value, name, ['soft', 'hard']);
  const soft = checkAmount(given['soft'], `${name}.soft`);
  const hard = checkAmount(given['hard'], `${name}.hard`);
  if (soft > hard) throw outOfRange(`${name}.soft`, `at most the hard limit, ${hard}`, soft);
  return { soft, hard };
}

function checkAmount(value: unknown, name: string): number {
  return value === Infinity ? Infinity : checkInteger(value, name, 0, Number.MAX_SAFE_INTEGER);
}

function checkFields(
  value: unknown,
  name: string,
  known: readonly string[],
): Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw invalidType(name, 'an object', value);
  }
  for (const field of Object.keys(value)) {
    if (!known.includes(field)) throw notOneOf(field, `a key of ${name}`, known);
  }
  return value as Record<string, unknown>;
}

function isKeyOf<T extends object>(table: T, value: unknown): value is keyof T {
  return typeof value === 'string' && Object.hasOwn(table, value);
}

function notOneOf(value: unknown, name: string, known: readonly string[]): TypeError {
  return invalidValue(name, value, `must be one of ${known.map((one) => `'${one}'`).join(', ')}`);
}

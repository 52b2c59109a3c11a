/** From what the caller wrote of a child to what is started; every error names the field. */
import type { AnyFunction } from '../child/load-function.ts';
import { attributeNames, planSpawn, type SpawnOptions } from '../create/spawn-options.ts';
import { checkModule } from '../create/task/job.ts';
import { invalidType, invalidValue } from '../errors.ts';
import { signalNumber } from '../signal/signal-names.ts';
import { checkCgroup } from './cgroup.ts';
import { checkListen } from './check-listen.ts';
import { checkAlive, checkList, checkReady } from './check-probe.ts';
import {
  checkBoolean,
  checkMs,
  checkNumber,
  checkObject,
  checkOneOf,
  checkString,
  checkWord,
} from './check.ts';
import type { CheckedChild, CheckedStop, Work } from './checked-child.ts';
import type { ChildSpec, Stop } from './child-spec.ts';
import { checkLog } from './log/check-log.ts';
import type { LogOptions } from './log/log-options.ts';
import { childDialect } from './spawn-dialect.ts';

const notGiven = new Set([
  'processGroup',
  'session',
  'controllingTerminal',
  'cgroup',
  'deathSignal',
]);
const givenAttributes = attributeNames.filter((name) => !notGiven.has(name));
const works = ['command', 'task', 'module', 'supervisor'] as const;
const surroundings = ['cwd', 'env', 'extendEnv'] as const;
const ownKeys = [
  ...works,
  'name',
  'export',
  'args',
  'method',
  'instances',
  'dependsOn',
  'restart',
  'significant',
  'ready',
  'alive',
  'watchdog',
  'stop',
  'listen',
  'cgroup',
  'log',
] as const;
const keys = [...ownKeys, ...surroundings, ...givenAttributes] as (keyof ChildSpec)[];

const mostInstances = 1000;

/** Checks the child at that place of `children`; `log` is what the supervisor says of output. */
export function checkChild(spec: ChildSpec, field: string, log: LogOptions | false): CheckedChild {
  checkObject(spec, field, keys);
  const name = checkName(spec.name, `${field}.name`);
  const work = checkWork(spec, field);
  const options = optionsOf(spec);
  checkSpawn(work, options, field);
  refuseForOthers(spec, field, work);
  return {
    name,
    work,
    options,
    method: spec.method,
    instances: checkInstances(spec.instances, `${field}.instances`),
    dependsOn: checkNames(spec.dependsOn, `${field}.dependsOn`),
    restart: checkWord(
      spec.restart,
      `${field}.restart`,
      ['always', 'on-failure', 'never'],
      'on-failure',
    ),
    significant: checkBoolean(spec.significant, `${field}.significant`, false),
    ready: checkReady(spec.ready, `${field}.ready`),
    alive: checkAlive(spec.alive, `${field}.alive`),
    watchdogMs: checkNumber(
      spec.watchdog,
      `${field}.watchdog`,
      { from: 10, to: 86_400_000 },
      undefined,
    ),
    stop: checkStop(spec.stop, `${field}.stop`),
    listen: checkListen(spec.listen, `${field}.listen`),
    cgroup: checkCgroup(spec.cgroup, `${field}.cgroup`),
    log: spec.log === undefined ? log : checkLog(spec.log, `${field}.log`),
  };
}

/** Checks how many run at the same time. */
export function checkInstances(value: number | undefined, field: string): number {
  return checkNumber(value, field, { from: 0, to: mostInstances, whole: true }, 1);
}

function checkName(value: string, field: string): string {
  checkString(value, field);
  if (/^[A-Za-z0-9_][\w-]*$/.test(value)) return value;
  throw invalidValue(field, value, "must be of letters, digits, '-' and '_'");
}

function checkNames(value: readonly string[] | undefined, field: string): readonly string[] {
  if (value === undefined) return [];
  if (!Array.isArray(value)) throw invalidType(field, 'an array of names', value);
  return value.map((each: unknown, index) => checkString(each, `${field}[${index}]`));
}

function checkWork(spec: ChildSpec, field: string): Work {
  const kind = checkOneOf(spec, field, works);
  const args = spec.args ?? [];
  if (!Array.isArray(args)) throw invalidType(`${field}.args`, 'an array', args);
  switch (kind) {
    case 'command': {
      if (typeof spec.command === 'string') {
        return { kind: 'shell', line: checkString(spec.command, `${field}.command`) };
      }
      const [program, ...rest] = checkList(spec.command, `${field}.command`);
      return { kind, program, args: rest };
    }
    case 'task':
      if (typeof spec.task !== 'function') {
        throw invalidType(`${field}.task`, 'a function', spec.task);
      }
      return { kind, fn: spec.task as AnyFunction, args };
    case 'module': {
      const name = checkString(spec.export ?? 'main', `${field}.export`);
      const url = renamed(() => checkModule(spec.module), 'url', `${field}.module`);
      return { kind, url, name, args };
    }
    case 'supervisor':
      return { kind, options: checkObjectOnly(spec.supervisor, `${field}.supervisor`) };
  }
}

function checkObjectOnly<T>(value: T | undefined, field: string): T {
  if (typeof value !== 'object' || value === null) throw invalidType(field, 'an object', value);
  return value;
}

/** What only some kinds of work can have. */
function refuseForOthers(spec: ChildSpec, field: string, { kind }: Work): void {
  const isTask = kind === 'task' || kind === 'module';
  const only = (key: keyof ChildSpec, allowed: boolean, of: string): void => {
    if (spec[key] === undefined || allowed) return;
    throw invalidValue(`${field}.${key}`, spec[key], `is for ${of} only`);
  };
  only('args', isTask, '`task` and `module`');
  only('method', isTask, '`task` and `module`');
  only('export', kind === 'module', '`module`');
  only('listen', kind === 'command' || kind === 'shell', '`command`');
  if (kind !== 'supervisor') return;
  for (const key of ['ready', 'alive', 'watchdog', 'cgroup', 'stop', 'log'] as const) {
    only(key, false, 'a child with a process of its own');
  }
  for (const key of [...surroundings, ...givenAttributes] as (keyof ChildSpec)[]) {
    only(key, false, 'a child with a process of its own');
  }
}

function optionsOf(spec: ChildSpec): SpawnOptions {
  const given = spec as unknown as Record<string, unknown>;
  const entries = [...surroundings, ...givenAttributes]
    .filter((key) => given[key] !== undefined)
    .map((key) => [key, given[key]]);
  return Object.fromEntries(entries) as SpawnOptions;
}

/** The checks of spawn() itself, before anything is started. */
function checkSpawn(work: Work, options: SpawnOptions, field: string): void {
  const check = (): void => {
    if (work.kind === 'command') planSpawn(work.program, work.args, options, childDialect);
    else planSpawn('sh', [], options, childDialect);
  };
  renamed(check, 'options.', `${field}.`);
}

/** Runs a check of a lower room, and has its error name the field of ours. */
function renamed<T>(check: () => T, theirs: string, ours: string): T {
  try {
    return check();
  } catch (error) {
    if (error instanceof Error && 'code' in error) {
      error.message = error.message.replace(`"${theirs}`, `"${ours}`);
    }
    throw error;
  }
}

function checkStop(stop: Stop | undefined, field: string): CheckedStop {
  const given = stop === undefined ? {} : checkObject(stop, field, ['signal', 'grace', 'scope']);
  return {
    signalNumber: checkSignal(given.signal ?? 'SIGTERM', `${field}.signal`),
    graceMs: checkMs(given.grace, `${field}.grace`, 5000),
    scope: checkWord(given.scope, `${field}.scope`, ['tree', 'process'], 'tree'),
  };
}

function checkSignal(signal: NonNullable<Stop['signal']>, field: string): number {
  try {
    return signalNumber(signal, field);
  } catch (error) {
    // Node's words for a signal that there is not name no field.
    if (error instanceof TypeError && !error.message.includes(field)) {
      error.message = `"${field}": ${error.message}`;
    }
    throw error;
  }
}

/** For each field of a ProcessInfo, what has to be read for it, and how it comes out of that. */
import { invalidType, invalidValue } from '../errors.ts';
import { readIo, readThreads, readTimes, ticksMs } from './accounts.ts';
import { readCredentials } from './credentials.ts';
import { readDescriptors } from './descriptors.ts';
import {
  readArgv,
  readCommandLine,
  readDeleted,
  readEnvironment,
  readPath,
  readStartTime,
  readStateTime,
  readUmask,
  stateWord,
  terminalName,
} from './identity.ts';
import { readMemory, readShare, readSize } from './memory.ts';
import {
  namespaceItems,
  readCgroup,
  readContainer,
  readLimits,
  readNamespaces,
} from './namespaces.ts';
import type { ProcessField, ProcessInfo } from './process-info.ts';
import { readScheduling } from './scheduling.ts';
import { readSignalSets } from './signal-sets.ts';
import type { Sources } from './sources.ts';
import { isKernelThread, nameIn } from './stat.ts';
import { ownerOf, userName } from './users.ts';

/** Items beside stat, which is always read, and the way from them to the value. */
type Reader<Field extends ProcessField> = readonly [
  items: readonly string[],
  read: (sources: Sources) => ProcessInfo[Field],
];

const readers: { readonly [Field in ProcessField]: Reader<Field> } = {
  pid: [[], ({ stat }) => stat.pid],
  ppid: [[], ({ stat }) => stat.sure(4)],
  pgid: [[], ({ stat }) => stat.sure(5)],
  sid: [[], ({ stat }) => stat.sure(6)],
  tty: [[], ({ stat }) => terminalName(stat.sure(7))],
  name: [[], ({ stat }) => nameIn(stat)],
  exe: [['@exe'], (sources) => readPath(sources, '@exe')],
  argv: [['cmdline'], readArgv],
  commandLine: [['cmdline'], readCommandLine],
  startTime: [[], readStartTime],
  startTicks: [[], ({ stat }) => stat.sure(22)],
  state: [[], ({ stat }) => stat.state],
  stateWord: [[], ({ stat }) => stateWord(stat.state)],
  stateTime: [['sched', 'clock'], readStateTime],
  kernelThread: [[], ({ stat }) => isKernelThread(stat)],
  deleted: [['@exe', '@cwd', '@root'], readDeleted],
  uid: [[''], (sources) => ownerOf(sources).uid],
  user: [[''], (sources) => userName(ownerOf(sources).uid)],
  gid: [[''], (sources) => ownerOf(sources).gid],
  rss: [[], ({ stat, look }) => stat.sure(24) * look.clock().pageSize],
  virtual: [[], ({ stat }) => stat.sure(23)],
  pss: [['smaps_rollup'], (sources) => readShare(sources, 'pss')],
  uss: [['smaps_rollup'], (sources) => readShare(sources, 'uss')],
  swap: [['status'], (sources) => readSize(sources, 'VmSwap')],
  cpuTime: [[], (sources) => ticksMs(sources, sources.stat.sure(14) + sources.stat.sure(15))],
  threadCount: [[], ({ stat }) => stat.sure(20)],
  nice: [[], ({ stat }) => stat.sure(19)],
  credentials: [['status', 'loginuid', 'sessionid', 'attr/current'], readCredentials],
  environment: [['environ'], readEnvironment],
  cwd: [['@cwd'], (sources) => readPath(sources, '@cwd')],
  root: [['@root'], (sources) => readPath(sources, '@root')],
  umask: [['status'], readUmask],
  descriptors: [['fd/'], readDescriptors],
  memory: [['status', 'smaps'], readMemory],
  scheduling: [['status', 'schedstat', 'oom_score', 'oom_score_adj', 'ioprio'], readScheduling],
  signals: [['status'], readSignalSets],
  limits: [['limits'], readLimits],
  namespaces: [namespaceItems, readNamespaces],
  cgroup: [['cgroup'], readCgroup],
  container: [['cgroup'], readContainer],
  threads: [['task/stat'], readThreads],
  times: [[], readTimes],
  io: [['io'], readIo],
};

/** The names of all fields, in the order of {@link ProcessInfo}. */
export const allFields: readonly ProcessField[] = Object.freeze(
  Object.keys(readers) as ProcessField[],
);

/** Checks a list of fields; `undefined` stands for `usual`. */
export function checkFields(
  value: unknown,
  name: string,
  usual: readonly ProcessField[],
): readonly ProcessField[] {
  if (value === undefined) return usual;
  if (!Array.isArray(value)) throw invalidType(name, 'an array of names of fields', value);
  const fields = new Set<ProcessField>(['pid']);
  for (const [at, field] of value.entries()) {
    if (typeof field !== 'string')
      throw invalidType(`${name}[${at}]`, 'the name of a field', field);
    if (!Object.hasOwn(readers, field)) {
      const known = allFields.map((each) => `'${each}'`).join(', ');
      throw invalidValue(`${name}[${at}]`, field, `must be one of ${known}`);
    }
    fields.add(field as ProcessField);
  }
  return [...fields];
}

/**
 * What has to be read for these fields, nothing twice. stat comes last: what it says did not end before
 * that, so that an empty file was not emptied by its end.
 */
export function itemsFor(fields: readonly ProcessField[]): string[] {
  return [...new Set([...fields.flatMap((field) => readers[field][0]), 'stat'])];
}

/** The fields of one process, from what was read of it. */
export function readFields<Field extends ProcessField>(
  sources: Sources,
  fields: readonly Field[],
): Pick<ProcessInfo, Field | 'pid'> {
  const info: Record<string, unknown> = {};
  for (const field of fields) info[field] = readers[field][1](sources);
  return info as unknown as Pick<ProcessInfo, Field | 'pid'>;
}

/** One process, as the kernel knows it. */
import { invalidType, NoSuchProcessError, outOfRange, PermissionError } from '../errors.ts';
import type { Look } from '../platform/platform.ts';
import { platform } from '../platform/select.ts';
import { allFields, checkFields, itemsFor, readFields } from './fields.ts';
import { isMissing } from './missing.ts';
import { completed } from './other-ends.ts';
import type { ProcessField, ProcessInfo } from './process-info.ts';
import { type Sources, sourcesOf } from './sources.ts';
import { parseStat, type Stat } from './stat.ts';

/** pid_t has 31 bits. */
const highestPid = 0x7fff_ffff;
/** How often it is read again when it became another program meanwhile. */
const mostTries = 5;

/**
 * Everything, or the given fields, that the kernel tells of a process: its own or anybody's. Only the
 * files that those fields need are read, off the event loop. All of it is of one process, and of one
 * program that it runs: if it ends meanwhile, this rejects.
 *
 * @throws NoSuchProcessError: there is no such process, or it ended meanwhile; PermissionError: /proc
 * hides it (hidepid); UnsupportedError: not Linux, without the addon, or without a /proc of this pid
 * namespace; TypeError, RangeError for wrong arguments. All as rejections. Source: proc(5).
 *
 * @example
 * ```ts
 * import { inspect, known } from 'brood/inspect';
 * const { name, memory } = await inspect(process.pid, ['name', 'memory']);
 * console.log(name, (known(memory.pss) ?? 0) > 0); // node true
 * ```
 */
export async function inspect<Field extends ProcessField = ProcessField>(
  pid: number,
  fields?: readonly Field[],
): Promise<Pick<ProcessInfo, Field | 'pid'>> {
  checkPid(pid, 'pid');
  const wanted = checkFields(fields, 'fields', allFields) as readonly Field[];
  const { look } = platform();
  look.check('inspect()');
  const sources = await readConsistently(look, pid, itemsFor(wanted));
  const info = readFields(sources, wanted);
  const [whole] = await completed(look, [info]);
  return whole as typeof info;
}

/** A pid that can be one. */
export function checkPid(value: unknown, name: string): asserts value is number {
  if (typeof value !== 'number') throw invalidType(name, 'an integer', value);
  if (!Number.isInteger(value) || value < 1 || value > highestPid) {
    throw outOfRange(name, `an integer from 1 to ${highestPid}`, value);
  }
}

/** The sources of a process that was the same program before and after they were read. */
async function readConsistently(
  look: Look,
  pid: number,
  items: readonly string[],
): Promise<Sources> {
  // The status tells a process from a thread, for which /proc answers too.
  const all = [...(items.includes('status') ? [] : ['status']), ...items];
  for (let tries = 1; ; tries++) {
    const names = ['before', ...all];
    const [sources] = await look.read([pid], ['stat', ...all], (looked) =>
      sourcesOf(look, names, looked),
    );
    if (sources === undefined) throw hidden(pid) ?? new NoSuchProcessError(pid);
    const first = sources.bytes('before');
    const { status } = sources;
    const before = isMissing(first) ? undefined : parseStat(first);
    if (before === undefined || isMissing(status) || status.number('Tgid') !== pid) {
      throw new NoSuchProcessError(pid);
    }
    if (before.sure(22) !== sources.stat.sure(22)) throw new NoSuchProcessError(pid);
    if (isSameProgram(before, sources.stat) || tries === mostTries) return sources;
  }
}

/** Where its code and its stack begin changes with exec; 0 for those who may not know. */
function isSameProgram(before: Stat, after: Stat): boolean {
  return [26, 27, 28].every(
    (place) => before.field(place) === after.field(place) || after.field(place) === 0,
  );
}

/** A process that is there, and that /proc does not show to this user (hidepid). */
function hidden(pid: number): PermissionError | undefined {
  try {
    process.kill(pid, 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EPERM') return undefined;
    return new PermissionError(`/proc hides process ${pid} from this user`, { code: 'EPERM', pid });
  }
  return undefined;
}

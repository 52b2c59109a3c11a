/** All processes, with the fields that are asked for. */
import { invalidType } from '../errors.ts';
import type { Look } from '../platform/platform.ts';
import { platform } from '../platform/select.ts';
import { checkFields, itemsFor, readFields } from './fields.ts';
import { completed } from './other-ends.ts';
import type { ProcessField, ProcessInfo } from './process-info.ts';
import { sourcesOf } from './sources.ts';

/** One of the fields that a list has if none are named: all that two files and the owner tell. */
export type CommonField =
  | 'pid'
  | 'ppid'
  | 'pgid'
  | 'sid'
  | 'tty'
  | 'name'
  | 'argv'
  | 'commandLine'
  | 'state'
  | 'stateWord'
  | 'kernelThread'
  | 'uid'
  | 'user'
  | 'nice'
  | 'threadCount'
  | 'rss'
  | 'virtual'
  | 'cpuTime'
  | 'startTime'
  | 'startTicks';

/** These fields, in the order of {@link ProcessInfo}. */
export const commonFields: readonly CommonField[] = Object.freeze([
  'pid',
  'ppid',
  'pgid',
  'sid',
  'tty',
  'name',
  'argv',
  'commandLine',
  'state',
  'stateWord',
  'kernelThread',
  'uid',
  'user',
  'nice',
  'threadCount',
  'rss',
  'virtual',
  'cpuTime',
  'startTime',
  'startTicks',
] as const);

/** What {@link processes} takes. */
export interface ProcessesOptions<Field extends ProcessField> {
  /** The fields to read; `pid` is always one of them. Each file that is needed costs some 5 µs a process. */
  readonly fields?: readonly Field[] | undefined;
  /** Keeps those for which it returns true. */
  readonly filter?: ((info: Pick<ProcessInfo, Field | 'pid'>) => boolean) | undefined;
}

/**
 * Every process that this user can see, threads of the kernel too, by ascending pid. Read on pool
 * threads and taken apart some hundred at a time, so the event loop is not held up. Each entry is of one
 * process, but they are not all of one moment.
 *
 * @throws UnsupportedError, TypeError for wrong arguments; as rejections. Source: proc(5).
 *
 * @example
 * ```ts
 * import { processes } from 'brood/inspect';
 * const big = await processes({ fields: ['name', 'rss'], filter: ({ rss }) => rss > 1e9 });
 * console.log(big.every(({ pid, rss }) => pid > 0 && rss > 1e9)); // true
 * ```
 */
export async function processes<Field extends ProcessField = CommonField>(
  options: ProcessesOptions<Field> = {},
): Promise<Pick<ProcessInfo, Field | 'pid'>[]> {
  if (typeof options !== 'object' || options === null) {
    throw invalidType('options', 'an object', options);
  }
  const fields = checkFields(options.fields, 'options.fields', commonFields) as readonly Field[];
  const { filter } = options;
  if (filter !== undefined && typeof filter !== 'function') {
    throw invalidType('options.filter', 'a function', filter);
  }
  const { look } = platform();
  look.check('processes()');
  const list = await readList(look, fields);
  return filter === undefined ? list : list.filter((info) => filter(info));
}

/** The fields of all processes, or of the given ones that are still there. */
export async function readList<Field extends ProcessField>(
  look: Look,
  fields: readonly Field[],
  pids?: readonly number[],
): Promise<Pick<ProcessInfo, Field | 'pid'>[]> {
  const items = itemsFor(fields);
  const infos = await look.read(pids ?? (await look.pids()), items, (looked) => {
    const sources = sourcesOf(look, items, looked);
    return sources === undefined ? undefined : readFields(sources, fields);
  });
  return await completed(
    look,
    infos.filter((info) => info !== undefined),
  );
}

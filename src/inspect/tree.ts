/** Who came from whom. */
import { NoSuchProcessError } from '../errors.ts';
import type { Look } from '../platform/platform.ts';
import { platform } from '../platform/select.ts';
import { checkFields } from './fields.ts';
import { checkPid } from './inspect.ts';
import { known } from './missing.ts';
import type { ProcessField, ProcessInfo } from './process-info.ts';
import { commonFields, type CommonField, readList } from './processes.ts';

/** A process with what came from it. */
export type TreeNode<Field extends ProcessField> = Pick<ProcessInfo, Field | 'pid'> & {
  /** Its children, by ascending pid. */
  readonly children: readonly TreeNode<Field>[];
};

/** What looks after orphans here: process 1. */
export type InitKind =
  | 'systemd'
  | 'busybox'
  | 'tini'
  | 'dumb-init'
  | 'catatonit'
  | 's6'
  | 'runit'
  | 'openrc'
  | 'sysvinit'
  | 'launchd'
  | 'this program'
  | 'other';

/** A process with all that came from it, and all that it came from. */
export type ProcessTree<Field extends ProcessField> = TreeNode<Field> & {
  /** Its parent, the parent of that, and so on up to process 1, or a thread of the kernel. */
  readonly ancestors: readonly Pick<ProcessInfo, Field | 'pid'>[];
  /** What process 1 is; undefined if it cannot be seen. */
  readonly init: { readonly kind: InitKind; readonly name: string } | undefined;
};

const needed: readonly ProcessField[] = ['pid', 'ppid', 'startTicks'];

/**
 * A process with its descendants, and its ancestors. Of process 2 these are the threads of the kernel
 * (`kernelThread` marks them).
 *
 * @throws NoSuchProcessError, UnsupportedError, TypeError, RangeError; as rejections.
 *
 * @example
 * ```ts
 * import { tree } from 'brood/inspect';
 * const { name, ancestors, init } = await tree(process.pid);
 * console.log(name, ancestors.at(-1)?.pid, init?.kind);
 * ```
 */
export async function tree<Field extends ProcessField = CommonField>(
  pid = 1,
  fields?: readonly Field[],
): Promise<ProcessTree<Field>> {
  checkPid(pid, 'pid');
  const wanted = checkFields(fields, 'fields', commonFields) as readonly Field[];
  const { look } = platform();
  look.check('tree()');
  const all = [...new Set<ProcessField>([...wanted, ...needed])];
  const infos = new Map<number, ProcessInfo>();
  const children = new Map<number, ProcessInfo[]>();
  for (const info of (await readList(look, all)) as ProcessInfo[]) {
    infos.set(info.pid, info);
    const siblings = children.get(info.ppid);
    if (siblings === undefined) children.set(info.ppid, [info]);
    else siblings.push(info);
  }
  const root = infos.get(pid);
  if (root === undefined) throw new NoSuchProcessError(pid);
  const picked = (info: ProcessInfo): Pick<ProcessInfo, Field | 'pid'> =>
    Object.fromEntries(wanted.map((field) => [field, info[field]])) as never;
  return {
    ...nodeOf(root, children, picked),
    ancestors: ancestorsOf(root, infos).map(picked),
    init: await readInit(look),
  };
}

/** Without recursion: a tree may be thousands of processes deep. */
function nodeOf<Field extends ProcessField>(
  root: ProcessInfo,
  children: Map<number, ProcessInfo[]>,
  picked: (info: ProcessInfo) => Pick<ProcessInfo, Field | 'pid'>,
): TreeNode<Field> {
  interface Building {
    children: Building[];
  }
  const top = { ...picked(root), children: [] as Building[] };
  const work: [number, Building][] = [[root.pid, top]];
  for (let next = work.pop(); next !== undefined; next = work.pop()) {
    const [pid, node] = next;
    const rows = children.get(pid) ?? [];
    // The rows are of several moments: taken out, nobody is found twice.
    children.delete(pid);
    for (const row of rows) {
      const child = { ...picked(row), children: [] as Building[] };
      node.children.push(child);
      work.push([row.pid, child]);
    }
  }
  return top as unknown as TreeNode<Field>;
}

function ancestorsOf(root: ProcessInfo, infos: ReadonlyMap<number, ProcessInfo>): ProcessInfo[] {
  const found: ProcessInfo[] = [];
  let at: ProcessInfo = root;
  for (;;) {
    const parent = infos.get(at.ppid);
    // A parent is never younger, unless its pid was given anew between the two looks.
    if (parent === undefined || parent.startTicks > at.startTicks) return found;
    if (found.includes(parent)) return found;
    found.push(parent);
    at = parent;
  }
}

/** What names tell of an init. */
const inits: readonly (readonly [RegExp, InitKind])[] = [
  [/^systemd$/, 'systemd'],
  [/^(tini|docker-init)(-static)?$/, 'tini'],
  [/^dumb-init$/, 'dumb-init'],
  [/^catatonit$/, 'catatonit'],
  [/^s6-svscan$/, 's6'],
  [/^runit(-init)?$/, 'runit'],
  [/^openrc-init$/, 'openrc'],
  [/^busybox$/, 'busybox'],
  [/^launchd$/, 'launchd'],
  [/^init$/, 'sysvinit'],
];

async function readInit(look: Look): Promise<ProcessTree<'pid'>['init']> {
  const [info] = await readList(look, ['name', 'exe', 'argv'], [1]);
  if (info === undefined) return undefined;
  const { name } = info;
  if (process.pid === 1) return { kind: 'this program', name };
  return { kind: initKind(known(info.exe), name, known(info.argv)?.[0]), name };
}

/** The kind of an init: by its program where that may be known, its name, and its first argument. */
export function initKind(exe = '', name = '', argv0 = ''): InitKind {
  for (const called of [exe, name, argv0]) {
    const base = called.split('/').at(-1) ?? '';
    const found = inits.find(([pattern]) => pattern.test(base));
    if (found !== undefined) return found[1];
  }
  return 'other';
}

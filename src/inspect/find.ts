/** Processes by what is known of them. */
import { realpathSync } from 'node:fs';

import { invalidType, invalidValue, outOfRange } from '../errors.ts';
import type { Look } from '../platform/platform.ts';
import { platform } from '../platform/select.ts';
import { bytesOf } from './bytes.ts';
import { checkFields } from './fields.ts';
import { known } from './missing.ts';
import type { ProcessField, ProcessInfo } from './process-info.ts';
import { commonFields, type CommonField, readList } from './processes.ts';
import { socketItems, socketsIn } from './sockets.ts';

/** What a process must be to be found; all that is given has to fit. */
export interface Criteria {
  /** Its name: the whole of it, or an expression. */
  readonly name?: string | RegExp | undefined;
  /** A part of its arguments with blanks between, or an expression. */
  readonly commandLine?: string | RegExp | undefined;
  /** The path of its program, or an expression. */
  readonly exe?: string | RegExp | undefined;
  /** Its effective user, by name or number. */
  readonly user?: string | number | undefined;
  /** The pid of its parent. */
  readonly parent?: number | undefined;
  /** Has a TCP or UDP socket on this port of this machine, in this network namespace. */
  readonly port?: number | undefined;
  /** Has this file open, runs it, maps it, or is in this folder. */
  readonly file?: string | undefined;
}

const kinds: Readonly<Record<keyof Criteria, readonly string[]>> = {
  name: ['string', 'RegExp'],
  commandLine: ['string', 'RegExp'],
  exe: ['string', 'RegExp'],
  user: ['string', 'number'],
  parent: ['number'],
  port: ['number'],
  file: ['string'],
};

/**
 * The processes to which all of the criteria apply. By `port` and `file` only those are found whose
 * descriptors this user may look at: its own, or, for root, nearly all.
 *
 * @throws TypeError, RangeError for criteria that make no sense; UnsupportedError; as rejections.
 *
 * @example
 * ```ts
 * import { find } from 'brood/inspect';
 * const [me] = await find({ exe: process.execPath, parent: process.ppid }, ['rss']);
 * console.log(me !== undefined && me.rss > 0); // true
 * ```
 */
export async function find<Field extends ProcessField = CommonField>(
  criteria: Criteria,
  fields?: readonly Field[],
): Promise<Pick<ProcessInfo, Field | 'pid'>[]> {
  checkCriteria(criteria);
  const wanted = checkFields(fields, 'fields', commonFields) as readonly Field[];
  const { look } = platform();
  look.check('find()');
  const { port, file } = criteria;
  let pids: number[] | undefined;
  if (port !== undefined) pids = await pidsOfPort(look, port);
  if (file !== undefined) {
    const holding = await pidsOfFile(look, file);
    pids = pids === undefined ? holding : pids.filter((pid) => holding.includes(pid));
  }
  const tests = testsFor(criteria);
  const needed = tests.map(([field]) => field);
  const all = [...new Set<ProcessField>(['pid', ...wanted, ...needed])];
  const found: Record<string, unknown>[] = [];
  for (const info of await readList(look, all, pids)) {
    const whole = info as ProcessInfo;
    if (!tests.every(([, fits]) => fits(whole))) continue;
    found.push(Object.fromEntries(wanted.map((field) => [field, whole[field]])));
  }
  return found as unknown as Pick<ProcessInfo, Field | 'pid'>[];
}

function checkCriteria(criteria: unknown): asserts criteria is Criteria {
  if (typeof criteria !== 'object' || criteria === null) {
    throw invalidType('criteria', 'an object', criteria);
  }
  for (const [name, value] of Object.entries(criteria)) {
    const expected = Object.hasOwn(kinds, name) ? kinds[name as keyof Criteria] : undefined;
    if (expected === undefined) {
      const names = Object.keys(kinds).map((each) => `'${each}'`);
      throw invalidValue(name, name, `must be one of ${names.join(', ')}`);
    }
    if (value === undefined) continue;
    const kind = value instanceof RegExp ? 'RegExp' : typeof value;
    if (!expected.includes(kind)) {
      throw invalidType(`criteria.${name}`, `a ${expected.join(' or a ')}`, value);
    }
  }
  const { port } = criteria as Criteria;
  if (port !== undefined && (!Number.isInteger(port) || port < 1 || port > 65_535)) {
    throw outOfRange('criteria.port', 'an integer from 1 to 65535', port);
  }
}

type Test = readonly [field: ProcessField, fits: (info: ProcessInfo) => boolean];

function testsFor({ name, commandLine, exe, user, parent }: Criteria): Test[] {
  const tests: Test[] = [];
  if (name !== undefined) tests.push(['name', (info) => matches(info.name, name)]);
  if (commandLine !== undefined) {
    const fits = (line: string): boolean =>
      typeof commandLine === 'string' ? line.includes(commandLine) : matches(line, commandLine);
    tests.push(['commandLine', (info) => fits(info.commandLine)]);
  }
  if (exe !== undefined) tests.push(['exe', (info) => matches(known(info.exe) ?? '', exe)]);
  if (typeof user === 'string') tests.push(['user', (info) => info.user === user]);
  if (typeof user === 'number') tests.push(['uid', (info) => info.uid === user]);
  if (parent !== undefined) tests.push(['ppid', (info) => info.ppid === parent]);
  return tests;
}

function matches(text: string, wanted: string | RegExp): boolean {
  // search() has no memory of the last match, as test() of a global expression has.
  return typeof wanted === 'string' ? text === wanted : text.search(wanted) >= 0;
}

async function pidsOfPort(look: Look, port: number): Promise<number[]> {
  const [sockets = []] = await look.read([process.pid], socketItems, ({ pieces }) =>
    socketsIn(pieces ?? []),
  );
  const inodes = sockets
    .filter(({ family, local }) => family !== 'unix' && local.endsWith(`:${port}`))
    .flatMap(({ inode }) => (inode === 0 ? [] : [`socket:[${inode}]`]));
  return await pidsHolding(look, inodes, false);
}

async function pidsOfFile(look: Look, path: string): Promise<number[]> {
  return await pidsHolding(look, [realpathSync(path)], true);
}

async function pidsHolding(
  look: Look,
  targets: readonly string[],
  everywhere: boolean,
): Promise<number[]> {
  if (targets.length === 0) return [];
  const { holders } = await look.holders(targets.map(bytesOf), everywhere);
  return [...new Set(holders.map(({ pid }) => pid))].toSorted((a, b) => a - b);
}

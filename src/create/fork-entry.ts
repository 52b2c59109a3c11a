/** fork(entry): a child that has this program's memory, and in which only a function of it runs. */
import { AsyncResource } from 'node:async_hooks';

import { invalidValue } from '../errors.ts';
import type { Started } from '../platform/platform.ts';
import { platform } from '../platform/select.ts';
import type { Child } from '../process/child.ts';
import { tell } from '../process/exitors.ts';
import { runForkHooks } from '../process/on-fork.ts';
import type { AttributeOptions } from './attribute-options.ts';
import type { CommandOptions } from './command.ts';
import { goOn, keptOf, type Kept } from './kept.ts';
import { launch } from './launch.ts';
import { lookAfter } from './look-after.ts';
import { planSpawn, type BoundOptions, type Dialect, type SpawnPlan } from './spawn-options.ts';
import type { StdioOptions } from './stdio-options.ts';

/** What fork(entry) takes: what spawn() does, as far as it is about a process and not a program. */
export interface ForkEntryOptions
  extends
    Pick<CommandOptions, 'cwd' | 'env' | 'extendEnv'>,
    StdioOptions,
    AttributeOptions,
    BoundOptions {
  /**
   * Milliseconds for what other threads are doing for this program to come to rest, 5000 if not given.
   * The event loop goes on meanwhile.
   */
  readonly settle?: number | undefined;
  /**
   * Servers, sockets, streams and descriptors of this program that go on in the child as well, with
   * their listeners. All others lead nowhere there.
   */
  readonly keep?: readonly Kept[] | undefined;
  /**
   * It is stopped when this program ends (true by default): SIGTERM, and SIGKILL a second later.
   * SIGKILL of this program is only followed by `deathSignal`.
   */
  readonly cleanup?: boolean | undefined;
}

const dialect: Dialect = {
  names: new Set([
    'cwd',
    'env',
    'extendEnv',
    'stdin',
    'stdout',
    'stderr',
    'fds',
    'cleanup',
    'timeout',
    'deadline',
    'signal',
    'killSignal',
    'grace',
    'settle',
    'keep',
  ]),
  stdin: 'inherit',
  others: 'inherit',
};

/** Node's exit code for what waits for ever. */
const unsettled = 13;

/** See fork(). */
export async function forkEntry(
  entry: () => unknown,
  options: ForkEntryOptions | undefined,
  checkSettle: (options: unknown) => number,
): Promise<Child> {
  const { plan, started } = await startEntry(entry, options, { settleMs: checkSettle(options) });
  return lookAfter(plan, started);
}

/** How a child is forked, beyond what the caller asked for. */
interface ForkManner {
  readonly settleMs: number;
  /** See SpawnRequest. */
  readonly withoutKeeper?: boolean;
}

/** Forks a child in which only the entry runs; nobody looks after it yet. */
export async function startEntry(
  entry: () => unknown,
  options: ForkEntryOptions | undefined,
  { settleMs, withoutKeeper = false }: ForkManner,
): Promise<{ plan: SpawnPlan; started: Started }> {
  const plan = planFork(entry, options);
  const keep = keptOf(options?.keep);
  const place = new AsyncResource('brood:entry');
  const started = await launch(plan, (request) =>
    platform().forkClean({
      settleMs,
      keep,
      spawn: { ...request, withoutKeeper },
      entry: () => {
        plan.stdio.handed?.undo();
        goOn(options?.keep ?? []);
        begin(place, entry, true);
      },
      last,
    }),
  );
  begin(place, nothing, false);
  return { plan, started };
}

/** The options are those of a spawn of nothing. */
function planFork(entry: () => unknown, options: ForkEntryOptions | undefined): SpawnPlan {
  const plan = planSpawn(`fork(${entry.name || 'entry'})`, [], options ?? {}, dialect);
  const { descriptors } = plan.request;
  for (const [fd, source] of descriptors) {
    // A Node without one of the standard three would take the next file that it opens for it.
    if (fd <= 2 && source.kind === 'closed') plan.stdio.descriptors.set(fd, { kind: 'null' });
    if (fd > 2 && source.kind !== 'closed') checkFree(fd, source);
  }
  return plan;
}

/** What is open here is open in the child too, and perhaps Node's own. */
function checkFree(fd: number, source: { kind: string; fd?: number }): void {
  if (source.kind === 'descriptor' && source.fd === fd) return;
  try {
    platform().descriptors.type(fd);
  } catch {
    return;
  }
  throw invalidValue(
    `options.fds.${fd}`,
    fd,
    'must be a number that is free in this program, for its descriptors are open in the child too',
  );
}

/** Whether the entry of this child has come to its end. */
let settled = false;

function atEnd(): void {
  settled = true;
}

/** As an error that is thrown, whatever this Node does with rejections. */
function failed(error: unknown): void {
  settled = true;
  process.nextTick(() => {
    throw error;
  });
}

function nothing(): void {}

/** On both sides, see platform/forked.ts; in the parent with nothing to run. */
function begin(place: AsyncResource, entry: () => unknown, inChild: boolean): void {
  runForkHooks(inChild);
  place.runInAsyncScope(run, undefined, entry);
}

function run(entry: () => unknown): void {
  settled = true;
  const result = entry();
  if (!isThenable(result)) return;
  settled = false;
  Promise.resolve(result).then(atEnd, failed);
}

function isThenable(value: unknown): boolean {
  return typeof value === 'object' && value !== null && 'then' in value;
}

/** What waits for something that cannot come any more must not look as if it had been done. */
function last(): void {
  if (settled || process.exitCode !== undefined) return;
  process.exitCode = unsettled;
  tell('The entry of fork() waits for what can never come: nothing is left that could bring it.');
}

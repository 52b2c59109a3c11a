/** The memory of watch(): what was seen at the last look, so that only what changed is read and made. */
import type { Look, Looked } from '../platform/platform.ts';
import { itemsFor, readFields } from './fields.ts';
import { completed } from './other-ends.ts';
import type { ProcessField, ProcessInfo } from './process-info.ts';
import { type Sources, sourcesOf } from './sources.ts';
import type { Stat } from './stat.ts';
import type { Watched, WatchTick } from './watch-tick.ts';

/** What a process keeps as long as it runs one program, or changes so seldom that this will do. */
const steady: ReadonlySet<ProcessField> = new Set<ProcessField>([
  'argv',
  'commandLine',
  'exe',
  'deleted',
  'uid',
  'gid',
  'user',
  'credentials',
  'environment',
  'cwd',
  'root',
  'umask',
  'limits',
  'namespaces',
  'cgroup',
  'container',
]);
/** Within so many looks each process's steady fields are read again. */
const refreshEvery = 32;

interface Seen<Field extends ProcessField> {
  /** The line of stat: where it is the same, nothing has changed. */
  line: Buffer;
  program: string;
  ticks: number;
  /** When it was read, in ms of performance.now(). */
  at: number;
  /** The number of the last look that found it. */
  round: number;
  watched: Watched<Field>;
  isWanted: boolean;
}

/** Looks at all processes, and tells what changed since it did so before. */
export class Watcher<Field extends ProcessField> {
  readonly #look: Look;
  readonly #fields: readonly Field[];
  readonly #filter: ((info: Pick<ProcessInfo, Field | 'pid'>) => boolean) | undefined;
  readonly #quick: readonly Field[];
  readonly #items: readonly string[];
  readonly #allItems: readonly string[];
  readonly #hasSteady: boolean;
  /** Whether more than stat is read at every look. */
  readonly #hasMore: boolean;
  readonly #seen = new Map<number, Seen<Field>>();
  #round = 0;
  #lastTime: number | undefined;

  constructor(
    look: Look,
    fields: readonly Field[],
    filter: ((info: Pick<ProcessInfo, Field | 'pid'>) => boolean) | undefined,
  ) {
    this.#look = look;
    this.#fields = fields;
    this.#filter = filter;
    this.#quick = fields.filter((field) => !steady.has(field));
    this.#items = itemsFor(this.#quick);
    this.#allItems = itemsFor(fields);
    this.#hasSteady = this.#quick.length < fields.length;
    this.#hasMore = this.#items.length > 1;
  }

  async look(): Promise<WatchTick<Field>> {
    const began = performance.now();
    const time = Date.now();
    this.#round += 1;
    const pids = await this.#look.pids();
    const changes: Changes<Field> = {
      started: new Map(),
      changed: new Map(),
      ended: [],
      stale: [],
    };
    await this.#look.read(pids, this.#items, (looked) => this.#take(looked, changes));
    await this.#readWhole(changes);
    for (const [pid, seen] of this.#seen) {
      if (seen.round === this.#round) continue;
      this.#seen.delete(pid);
      if (seen.isWanted) changes.ended.push(seen.watched);
    }
    const started = [...changes.started.values()];
    const changed = [...changes.changed.values()];
    const { ended } = changes;
    const interval = this.#lastTime === undefined ? undefined : began - this.#lastTime;
    this.#lastTime = began;
    const processes = this.#wanted();
    const cost = performance.now() - began;
    return { time, interval, started, changed, ended, processes, cost };
  }

  #wanted(): Map<number, Watched<Field>> {
    const processes = new Map<number, Watched<Field>>();
    for (const [pid, { watched, isWanted }] of this.#seen) {
      if (isWanted) processes.set(pid, watched);
    }
    return processes;
  }

  #take(looked: Looked, changes: Changes<Field>): void {
    const seen = this.#seen.get(looked.pid);
    if (seen !== undefined && !this.#hasMore && looked.lastIs(seen.line)) {
      this.#rest(seen, looked.at, changes);
      return;
    }
    const sources = sourcesOf(this.#look, this.#items, looked);
    if (sources === undefined) return;
    const { stat } = sources;
    if (seen === undefined || seen.watched.startTicks !== stat.sure(22)) {
      // Another process of the same pid: the one before has ended.
      if (seen?.isWanted === true) changes.ended.push(seen.watched);
      this.#seen.delete(looked.pid);
      changes.stale.push(looked.pid);
      return;
    }
    this.#again(seen, sources, { now: looked.at, changes });
  }

  /** Nothing has changed: it did not even run. */
  #rest(seen: Seen<Field>, now: number, changes: Changes<Field>): void {
    const { watched } = seen;
    seen.at = now;
    seen.round = this.#round;
    if (this.#isDue(watched.pid)) changes.stale.push(watched.pid);
    if (watched.cpu !== 0) this.#settle(seen, { ...watched, cpu: 0 }, changes);
  }

  #again(
    seen: Seen<Field>,
    sources: Sources,
    { now, changes }: { now: number; changes: Changes<Field> },
  ): void {
    const { stat } = sources;
    const ticks = stat.sure(14) + stat.sure(15);
    const { ticksPerSecond } = this.#look.clock();
    const busyMs = ((ticks - seen.ticks) * 1000) / ticksPerSecond;
    const cpu = now > seen.at ? (100 * Math.max(0, busyMs)) / (now - seen.at) : 0;
    seen.ticks = ticks;
    seen.at = now;
    seen.round = this.#round;
    seen.line = Buffer.from(stat.line);
    if (seen.program !== programOf(stat) || this.#isDue(stat.pid)) {
      seen.program = programOf(stat);
      changes.stale.push(stat.pid);
    }
    const watched = { ...seen.watched, ...readFields(sources, this.#quick), cpu };
    this.#settle(seen, watched, changes);
  }

  /** What is known of a process now, and whether it is one of those that were asked for. */
  #settle(seen: Seen<Field>, watched: Watched<Field>, changes: Changes<Field>): void {
    const { started, changed, ended } = changes;
    const isWanted = this.#filter === undefined || this.#filter(watched);
    if (isWanted) {
      const isNew = !seen.isWanted || started.has(watched.pid);
      (isNew ? started : changed).set(watched.pid, watched);
    } else if (seen.isWanted) {
      changed.delete(watched.pid);
      if (!started.delete(watched.pid)) ended.push(seen.watched);
    }
    seen.watched = watched;
    seen.isWanted = isWanted;
  }

  /** Whether it is the turn of this process to have its steady fields read again. */
  #isDue(pid: number): boolean {
    return this.#hasSteady && (pid + this.#round) % refreshEvery === 0;
  }

  /** Reads all fields of those that are new, that run another program, or whose turn it is. */
  async #readWhole(changes: Changes<Field>): Promise<void> {
    if (changes.stale.length === 0) return;
    const found = await this.#look.read(changes.stale, this.#allItems, (looked) => {
      const sources = sourcesOf(this.#look, this.#allItems, looked);
      if (sources === undefined) return undefined;
      return { sources, info: readFields(sources, this.#fields), at: looked.at };
    });
    const present = found.filter((each) => each !== undefined);
    const infos = await completed(
      this.#look,
      present.map(({ info }) => info),
    );
    for (const [place, { sources, at }] of present.entries()) {
      const info = infos[place];
      if (info !== undefined) this.#learn(sources.stat, info, at, changes);
    }
  }

  #learn(
    stat: Stat,
    info: Pick<ProcessInfo, Field | 'pid'>,
    at: number,
    changes: Changes<Field>,
  ): void {
    const before = this.#seen.get(stat.pid);
    const startTicks = stat.sure(22);
    if (before !== undefined && before.watched.startTicks === startTicks) {
      const watched = { ...info, cpu: before.watched.cpu, startTicks };
      const isSame = JSON.stringify(watched) === JSON.stringify(before.watched);
      if (!isSame) this.#settle(before, watched, changes);
      return;
    }
    const watched = { ...info, cpu: undefined, startTicks };
    const seen: Seen<Field> = {
      line: Buffer.from(stat.line),
      program: programOf(stat),
      ticks: stat.sure(14) + stat.sure(15),
      at,
      round: this.#round,
      watched,
      isWanted: false,
    };
    this.#seen.set(stat.pid, seen);
    this.#settle(seen, watched, changes);
  }
}

interface Changes<Field extends ProcessField> {
  readonly started: Map<number, Watched<Field>>;
  readonly changed: Map<number, Watched<Field>>;
  readonly ended: Watched<Field>[];
  /** Pids whose fields all have to be read. */
  readonly stale: number[];
}

/** What changes when a process executes a program; some of it is told to its user alone. */
function programOf(stat: Stat): string {
  // PF_FORKNOEXEC: it has not executed anything since it was forked.
  const isForked = (stat.sure(9) & 0x40) !== 0;
  return `${isForked} ${stat.field(26)} ${stat.field(28)} ${stat.comm.toString('latin1')}`;
}

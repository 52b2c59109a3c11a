/** The memory of watch(): what was seen at the last look, so that only what changed is read and made. */
import type { Look, Looked, StatLines } from '../platform/platform.ts';
import { itemsFor, readFields } from './fields.ts';
import { completed } from './other-ends.ts';
import type { ProcessField, ProcessInfo } from './process-info.ts';
import { type Sources, sourcesOf } from './sources.ts';
import type { Stat } from './stat.ts';
import { programOf, steady, type Changes, type Seen } from './watch-state.ts';
import type { Watched, WatchTick } from './watch-tick.ts';

/** Within so many looks each process's steady fields are read again. */
const refreshEvery = 32;

/** Looks at all processes, and tells what changed since it did so before. */
export class Watcher<Field extends ProcessField> {
  readonly #look: Look;
  readonly #fields: readonly Field[];
  readonly #filter: ((info: Pick<ProcessInfo, Field | 'pid'>) => boolean) | undefined;
  readonly #quick: readonly Field[];
  readonly #items: readonly string[];
  readonly #allItems: readonly string[];
  readonly #hasSteady: boolean;
  /** Where no more than stat is read at every look; undefined where it is. */
  readonly #lines: StatLines | undefined;
  /** Pids that were read since #lines told of them: these are to be told again. */
  #learned: number[] = [];
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
    this.#lines = this.#items.length === 1 ? look.statLines() : undefined;
  }

  async look(): Promise<WatchTick<Field>> {
    const began = performance.now();
    const time = Date.now();
    this.#round += 1;
    const changes: Changes<Field> = {
      started: new Map(),
      changed: new Map(),
      ended: [],
      stale: [],
    };
    if (this.#lines === undefined) {
      const pids = await this.#look.pids();
      await this.#look.read(pids, this.#items, (looked) => this.#take(looked, changes));
    } else {
      const learned = this.#learned;
      this.#learned = [];
      await this.#lines.look(learned, (pid, line, at) => this.#hear({ pid, line, at }, changes));
    }
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

  /** Gives back what is held from look to look. */
  close(): void {
    this.#lines?.close();
  }

  #wanted(): Map<number, Watched<Field>> {
    const processes = new Map<number, Watched<Field>>();
    for (const [pid, { watched, isWanted }] of this.#seen) {
      if (isWanted) processes.set(pid, watched);
    }
    return processes;
  }

  #hear(
    { pid, line, at }: { pid: number; line: Buffer | 'same' | 'new'; at: number },
    changes: Changes<Field>,
  ): void {
    const seen = this.#seen.get(pid);
    if (Buffer.isBuffer(line) && seen !== undefined) {
      this.#take({ pid, at, pieces: [line] }, changes);
    } else if (line === 'same' && seen !== undefined) {
      this.#rest(seen, at, changes);
    } else {
      this.#forget(seen, changes);
      changes.stale.push(pid);
    }
  }

  /** The process that had this pid has ended. */
  #forget(seen: Seen<Field> | undefined, changes: Changes<Field>): void {
    if (seen === undefined) return;
    if (seen.isWanted) changes.ended.push(seen.watched);
    this.#seen.delete(seen.watched.pid);
  }

  #take(looked: Looked, changes: Changes<Field>): void {
    const seen = this.#seen.get(looked.pid);
    const sources = sourcesOf(this.#look, this.#items, looked);
    if (sources === undefined) return;
    const { stat } = sources;
    if (seen === undefined || seen.watched.startTicks !== stat.sure(22)) {
      // Another process of the same pid: the one before has ended.
      this.#forget(seen, changes);
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
    if (this.#lines !== undefined) this.#learned.push(stat.pid);
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

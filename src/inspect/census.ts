/** Who is there: what two looks at all processes say of the time between them. */
import type { Look } from '../platform/platform.ts';
import type { ProcessEvent } from './event-types.ts';
import { exitEvent } from './kernel-events.ts';
import { sourcesOf } from './sources.ts';
import { nameIn, type Stat } from './stat.ts';
import { ownerOf } from './users.ts';

const items: readonly string[] = ['', 'stat'];

/** More zombies than that are not there at a time. */
const mostDead = 65_536;

interface Person {
  readonly startTicks: number;
  readonly ppid: number;
  readonly sid: number;
  readonly name: string;
  readonly hasExecuted: boolean;
  readonly uid: number;
  readonly gid: number;
  readonly hasEnded: boolean;
  readonly waitStatus: number | undefined;
}

/** A list of all processes that is compared with the next one. */
export class Census {
  readonly #look: Look;
  #people = new Map<number, Person>();
  /** Whose end was told, and who may still be there as zombies. */
  readonly #dead = new Set<number>();

  constructor(look: Look) {
    this.#look = look;
  }

  /** Counts for the first time: what is there has happened before. */
  async begin(): Promise<void> {
    this.#people = await this.#count();
  }

  /** A process that is known to have come, from elsewhere. */
  born(pid: number, ppid: number): void {
    const nothing = { sid: 0, name: '', hasExecuted: false, uid: 0, gid: 0 };
    const person = { ...nothing, startTicks: -1, ppid, hasEnded: false, waitStatus: undefined };
    this.#dead.delete(pid);
    this.#people.set(pid, person);
  }

  /** One that is known to have ended. */
  died(pid: number): void {
    this.#people.delete(pid);
    this.#dead.delete(pid);
    this.#dead.add(pid);
    const [oldest] = this.#dead;
    if (this.#dead.size > mostDead && oldest !== undefined) this.#dead.delete(oldest);
  }

  has(pid: number): boolean {
    return this.#people.has(pid);
  }

  /** Counts again, and tells what must have happened since, in an order in which it can have. */
  async compare(): Promise<ProcessEvent[]> {
    const before = this.#people;
    const now = await this.#count();
    this.#people = now;
    const time = Date.now();
    const events: ProcessEvent[] = [];
    for (const [pid, person] of before) {
      const other = now.get(pid);
      const isSame =
        other !== undefined && (person.startTicks === -1 || other.startTicks === person.startTicks);
      if (isSame || person.hasEnded) continue;
      events.push(exitEvent({ pid, time, source: 'scan' }, undefined));
    }
    for (const [pid, person] of now) {
      if (person.hasEnded && this.#dead.has(pid)) continue;
      events.push(...since(pid, before.get(pid), person, time));
      if (person.hasEnded) this.#dead.add(pid);
    }
    return events;
  }

  async #count(): Promise<Map<number, Person>> {
    const people = await this.#look.read(await this.#look.pids(), items, (looked) => {
      const sources = sourcesOf(this.#look, items, looked);
      return sources && ([looked.pid, personOf(sources.stat, ownerOf(sources))] as const);
    });
    return new Map(people.filter((each) => each !== undefined));
  }
}

function personOf(stat: Stat, owner: { uid: number; gid: number }): Person {
  // A first thread that ended before the others looks like a zombie, but the process runs.
  const hasEnded = stat.state === 'X' || (stat.state === 'Z' && stat.sure(20) <= 1);
  const waitStatus = stat.field(52);
  return {
    startTicks: stat.sure(22),
    ppid: stat.sure(4),
    sid: stat.sure(6),
    name: nameIn(stat),
    // PF_FORKNOEXEC
    hasExecuted: (stat.sure(9) & 0x40) === 0,
    ...owner,
    hasEnded,
    // 0 is also what those read who may not know.
    waitStatus: hasEnded && waitStatus !== 0 ? waitStatus : undefined,
  };
}

/** What happened to one process since it was seen before. */
function since(pid: number, before: Person | undefined, now: Person, time: number): ProcessEvent[] {
  const events: ProcessEvent[] = [];
  const common = { pid, time, source: 'scan' } as const;
  // Told by the kernel that it was born, and not looked at until now.
  const isTold = before !== undefined && before.startTicks === -1;
  const isNew = before === undefined || (!isTold && before.startTicks !== now.startTicks);
  if (isNew) events.push({ type: 'fork', ...common, ppid: now.ppid });
  if (isNew ? now.hasExecuted : !isTold && now.hasExecuted && !before.hasExecuted) {
    events.push({ type: 'exec', ...common, name: now.name });
  } else if (!isNew && !isTold && before.name !== now.name) {
    const type = now.hasExecuted ? 'exec' : 'comm';
    events.push({ type, ...common, name: now.name });
  }
  if (!isNew && !isTold) {
    if (before.uid !== now.uid) {
      events.push({ type: 'uid', ...common, real: undefined, effective: now.uid });
    }
    if (before.gid !== now.gid) {
      events.push({ type: 'gid', ...common, real: undefined, effective: now.gid });
    }
    if (before.sid !== now.sid) events.push({ type: 'session', ...common });
  }
  if (now.hasEnded && (isNew || !before.hasEnded)) {
    events.push(exitEvent(common, now.waitStatus));
  }
  return events;
}

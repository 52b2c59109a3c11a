/**
 * A process and all that came from it, signalled so that nothing slips away: what is found is frozen
 * with SIGSTOP, because a process that runs can start new ones while the table is read; then the table
 * is read again, until it shows nothing new. Leaves are signalled first, so no parent sees its children
 * die and replaces them. The stopped ones are continued at the end.
 *
 * Found are children of members by their ppid, and everything in a group or a session that a member
 * leads: that is what is left to be known of a process whose parent ended.
 *
 * Never touched: this program, its ancestors, and its own group or session for the mere membership.
 */
import { constants } from 'node:os';

import { ProcessError } from '../errors.ts';
import type { ProcessRef, ProcessRow } from '../platform/platform.ts';
import { platform } from '../platform/select.ts';
import {
  bind,
  isLiving,
  isOver,
  pause,
  signalMember,
  type Member,
  type Several,
} from './members.ts';
import { orphansOf } from './orphans.ts';

const { SIGSTOP, SIGCONT, SIGKILL, SIGTSTP, SIGTTIN, SIGTTOU } = constants.signals;
const stopping: ReadonlySet<number> = new Set([SIGSTOP, SIGTSTP, SIGTTIN, SIGTTOU]);

/** How long a process may take to stop. */
const freezeMs = 200;
/**
 * How long one in an uninterruptible sleep may: longer than for the disk it is for a vfork(), whose
 * child may be stopped before its exec.
 */
const sleepMs = 10;
/** How long the last look after SIGKILL goes on. */
const finalMs = 1000;

/** The trees below some roots, the roots included. */
export class ProcessTree implements Several {
  readonly #roots: readonly ProcessRef[];
  readonly #members = new Map<number, Member>();
  #ownGroup = 0;
  #ownSession = 0;

  /** @throws ProcessError `ERR_INVALID_STATE` when a root is an ancestor of this program. */
  constructor(roots: readonly ProcessRef[]) {
    this.#roots = roots;
    const rows = index(platform().table());
    const own = rows.get(process.pid);
    this.#ownGroup = own?.pgid ?? 0;
    this.#ownSession = own?.sid ?? 0;
    const ancestors = ancestorsOf(process.pid, rows);
    for (const ref of roots) {
      const row = rows.get(ref.pid);
      if (ancestors.has(ref.pid)) throw containsUs(ref.pid);
      // Asked after the table was read: while it has not ended, the row of its pid is its own.
      if (row !== undefined && ref.end() === undefined) {
        this.#members.set(ref.pid, { row, ref: ref.pid === process.pid ? undefined : ref });
      }
    }
  }

  signal(number: number, resume: boolean): boolean {
    const alreadyStopped = new Set<Member>();
    try {
      this.#freeze(alreadyStopped);
      return this.#send(number);
    } finally {
      for (const member of this.#members.values()) {
        const stays = stopping.has(number) || (!resume && alreadyStopped.has(member));
        if (!stays) signalMember(member, SIGCONT);
      }
    }
  }

  kill(): boolean {
    this.#freeze(new Set());
    let sent = this.#send(SIGKILL);
    const end = performance.now() + finalMs;
    // A fork that was under way when its process was stopped comes to light only now.
    for (;;) {
      const table = platform().table();
      this.#find(table);
      // By the table: the end of a zombie that nobody reaps is told late.
      const left = table.filter((row) => !isOver(row) && this.#memberOf(row)?.ref !== undefined);
      if (left.length === 0 || performance.now() > end) return sent;
      for (const row of left) {
        const member = this.#memberOf(row);
        if (member !== undefined) sent = signalMember(member, SIGKILL) || sent;
      }
      pause(1);
    }
  }

  look(): { living: Member[]; fresh: Member[] } {
    const fresh = this.#find(platform().table());
    return { living: [...this.#members.values()].filter(isLiving), fresh };
  }

  /** To every member. That a root may not be signalled is an error, once all had their turn. */
  #send(number: number): boolean {
    let sent = false;
    let refusal: unknown;
    for (const member of this.#leavesFirst()) {
      try {
        sent = (member.ref?.signal(number) ?? false) || sent;
      } catch (error) {
        if (member.ref !== undefined && this.#roots.includes(member.ref)) refusal ??= error;
      }
    }
    if (refusal !== undefined) throw refusal;
    return sent;
  }

  release(): void {
    for (const { ref } of this.#members.values()) {
      // A root is the caller's, and so is a handle on a child of ours.
      if (ref !== undefined && !this.#roots.includes(ref)) ref.release?.();
    }
  }

  #freeze(alreadyStopped: Set<Member>): void {
    const start = performance.now();
    for (const member of this.#members.values()) stop(member, alreadyStopped);
    for (;;) {
      const table = platform().table();
      const found = this.#find(table);
      for (const member of found) stop(member, alreadyStopped);
      if (found.length > 0) continue;
      const elapsed = performance.now() - start;
      if (elapsed > freezeMs || this.#stands(table, elapsed > sleepMs)) return;
      pause(1);
    }
  }

  /** Whether every member is stopped or over; or in a sleep that a stop cannot interrupt. */
  #stands(table: readonly ProcessRow[], sleepersToo: boolean): boolean {
    return table.every((row) => {
      if (this.#memberOf(row)?.ref === undefined || isOver(row)) return true;
      return row.state === 'T' || row.state === 't' || (sleepersToo && row.state === 'D');
    });
  }

  #memberOf(row: ProcessRow): Member | undefined {
    const member = this.#members.get(row.pid);
    return member?.row.startTime === row.startTime ? member : undefined;
  }

  /** Adds what belongs to the tree and was not known; gives the living ones of it. */
  #find(table: readonly ProcessRow[]): Member[] {
    const rows = index(table);
    const ancestors = ancestorsOf(process.pid, rows);
    const orphans = orphansOf(this.#roots, table);
    const found: Member[] = [];
    for (let before = -1; before !== this.#members.size;) {
      before = this.#members.size;
      for (const row of table) {
        if (this.#memberOf(row) !== undefined) continue;
        if (row.pid === process.pid || ancestors.has(row.pid)) continue;
        if (!orphans.has(row.pid) && !this.#belongs(row, rows)) continue;
        const member = { row, ref: bind(row) };
        this.#members.set(row.pid, member);
        if (isLiving(member)) found.push(member);
      }
    }
    return found;
  }

  #belongs(row: ProcessRow, rows: ReadonlyMap<number, ProcessRow>): boolean {
    if (this.#isFrom(row, row.ppid, rows, true)) return true;
    if (row.pgid !== this.#ownGroup && this.#isFrom(row, row.pgid, rows, false)) return true;
    return row.sid !== this.#ownSession && this.#isFrom(row, row.sid, rows, false);
  }

  /**
   * Whether `pid` (a parent, or the leader of a group or session) is the member that we know by that
   * number. A leader may be gone: its number is not given out again while its group has members.
   */
  #isFrom(
    row: ProcessRow,
    pid: number,
    rows: ReadonlyMap<number, ProcessRow>,
    mustLive: boolean,
  ): boolean {
    const member = this.#members.get(pid);
    if (member === undefined || row.startTime < member.row.startTime) return false;
    const now = rows.get(pid);
    return now === undefined ? !mustLive : now.startTime === member.row.startTime;
  }

  #leavesFirst(): Member[] {
    const depth = (member: Member): number => {
      let steps = 0;
      let up = this.#members.get(member.row.ppid);
      // The rows are of several moments, so a circle is thinkable; it has no more steps than members.
      while (up !== undefined && steps <= this.#members.size) {
        steps++;
        up = this.#members.get(up.row.ppid);
      }
      return steps;
    };
    return [...this.#members.values()]
      .map((member) => ({ member, depth: depth(member) }))
      .toSorted((a, b) => b.depth - a.depth)
      .map(({ member }) => member);
  }
}

function stop(member: Member, alreadyStopped: Set<Member>): void {
  if (member.row.state === 'T') alreadyStopped.add(member);
  signalMember(member, SIGSTOP);
}

function index(table: readonly ProcessRow[]): Map<number, ProcessRow> {
  return new Map(table.map((row) => [row.pid, row]));
}

function ancestorsOf(pid: number, rows: ReadonlyMap<number, ProcessRow>): Set<number> {
  const ancestors = new Set<number>();
  for (let up = rows.get(pid)?.ppid ?? 0; up > 0 && !ancestors.has(up);) {
    ancestors.add(up);
    up = rows.get(up)?.ppid ?? 0;
  }
  return ancestors;
}

function containsUs(pid: number): ProcessError {
  return new ProcessError(
    `the tree of process ${pid} contains this program: signal its members one by one`,
    { code: 'ERR_INVALID_STATE', pid },
  );
}

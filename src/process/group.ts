/** The process group of a process, signalled as a whole: kill(2) on a group misses no fork. */
import { constants } from 'node:os';

import { ProcessError } from '../errors.ts';
import type { ProcessRef, ProcessRow } from '../platform/platform.ts';
import { platform } from '../platform/select.ts';
import { bind, isLiving, signalMember, type Member, type Several } from './members.ts';

const { SIGCONT, SIGKILL } = constants.signals;

/** The group that a process is in, or led when it ended. */
export class ProcessGroup implements Several {
  /** 0: there is none any more. */
  readonly #pgid: number;
  readonly #members = new Map<number, Member>();

  /** @throws ProcessError `ERR_INVALID_STATE` for the group of this program itself. */
  constructor(ref: ProcessRef) {
    const row = platform().row(ref.pid);
    if (row !== undefined && ref.end() === undefined) this.#pgid = row.pgid;
    // While a group has members its number is no other process's pid; only of a child of ours it is
    // sure that it led a group of its pid at all.
    else this.#pgid = ref.owned && row === undefined ? ref.pid : 0;
    if (this.#pgid === platform().own.processGroup()) {
      throw new ProcessError(
        `process ${ref.pid} is in the process group of this program: start it with processGroup: true`,
        { code: 'ERR_INVALID_STATE', pid: ref.pid },
      );
    }
    this.look();
  }

  signal(number: number, resume: boolean): boolean {
    if (!this.#isPinned()) return false;
    const sent = platform().signalGroup(this.#pgid, number);
    if (sent && resume) platform().signalGroup(this.#pgid, SIGCONT);
    return sent;
  }

  kill(): boolean {
    const { living } = this.look();
    let sent = this.#isPinned() && platform().signalGroup(this.#pgid, SIGKILL);
    // Those that left the group since it was first looked at.
    for (const member of living) sent = signalMember(member, SIGKILL) || sent;
    return sent;
  }

  look(): { living: Member[]; fresh: Member[] } {
    const fresh: Member[] = [];
    if (this.#members.size === 0 || this.#isPinned()) {
      for (const row of platform().table()) {
        if (!this.#isNew(row)) continue;
        const member = { row, ref: bind(row) };
        this.#members.set(row.pid, member);
        if (isLiving(member)) fresh.push(member);
      }
    }
    return { living: [...this.#members.values()].filter(isLiving), fresh };
  }

  release(): void {
    // The process that the caller has in hand is among the members by a reference of its own, unless it
    // is a child of ours, and then there is nothing to give back.
    for (const { ref } of this.#members.values()) ref?.release?.();
  }

  #isNew(row: ProcessRow): boolean {
    if (this.#pgid === 0 || row.pgid !== this.#pgid) return false;
    return this.#members.get(row.pid)?.row.startTime !== row.startTime;
  }

  /** Whether a member that we hold is still in the group: then its number is that of no other group. */
  #isPinned(): boolean {
    for (const member of this.#members.values()) {
      const row = platform().row(member.row.pid);
      if (row?.pgid === this.#pgid && row.startTime === member.row.startTime) return true;
    }
    return false;
  }
}

/**
 * What there is of a child: its process and all that came from it, also when the process itself has
 * ended. It leads a session, whose number is not given out again while the session has members; what
 * left that, as daemons do, came to us when its parent ended, and bears a mark in its environment.
 */
import { readFileSync } from 'node:fs';

import type { ProcessRef, ProcessRow } from '../platform/platform.ts';
import { platform } from '../platform/select.ts';
import { livingChildren } from '../process/living.ts';
import { bind, isOver } from '../process/members.ts';
import { ProcessTree } from '../process/tree.ts';
import type { Cgroup } from './cgroup.ts';

/** The name of the variable that marks what came from a child. */
export const markName = 'BROOD_RUN';

/** What came from one run of a child. */
export class Remains {
  readonly #pid: number;
  readonly #startTime: number | undefined;
  readonly #mark: string;

  readonly #cgroup: Cgroup | undefined;

  /** `mark`: the value of the variable, unlike that of any other run. Taken while the process lives. */
  constructor(pid: number, mark: string, cgroup: Cgroup | undefined) {
    this.#pid = pid;
    this.#startTime = platform().row(pid)?.startTime;
    this.#mark = mark;
    this.#cgroup = cgroup;
  }

  /** Whether a process came from it: by its session, its group, its parents, or its mark. */
  includes(pid: number): boolean {
    for (let at = platform().row(pid); at !== undefined; at = platform().row(at.ppid)) {
      if (at.pid === process.pid || at.pid <= 1) return false;
      if (at.pid === this.#pid || at.sid === this.#pid || at.pgid === this.#pid) return true;
      if (this.#isEscaped(at)) return true;
    }
    return false;
  }

  /** Those that live now, without what they started in sessions of their own. */
  rows(): ProcessRow[] {
    const table = platform().table();
    const leader = table.find((row) => row.pid === this.#pid);
    // Another process of that pid: then the session of ours was empty when it came to be.
    const recycled =
      leader !== undefined && this.#startTime !== undefined && leader.startTime !== this.#startTime;
    const members = new Set(this.#cgroup?.members());
    return table.filter((row) => {
      if (isOver(row) || row.pid === process.pid) return false;
      if (members.has(row.pid)) return true;
      if (!recycled && (row.sid === this.#pid || row.pgid === this.#pid)) return true;
      return this.#isEscaped(row);
    });
  }

  /** All of it, to be signalled and waited for; undefined if nothing lives. */
  tree(): { readonly tree: ProcessTree; readonly release: () => void } | undefined {
    const refs: ProcessRef[] = [];
    for (const row of this.rows()) {
      const ref = bind(row);
      if (ref !== undefined) refs.push(ref);
    }
    if (refs.length === 0) return undefined;
    const tree = new ProcessTree(refs);
    return {
      tree,
      release: () => {
        tree.release();
        for (const ref of refs) if (!ref.owned) ref.release?.();
      },
    };
  }

  /** An orphan that came to us, with our mark. */
  #isEscaped({ pid, ppid }: ProcessRow): boolean {
    if (ppid !== process.pid || livingChildren.has(pid)) return false;
    try {
      const environment = `\0${readFileSync(`/proc/${pid}/environ`, 'latin1')}\0`;
      return environment.includes(`\0${markName}=${this.#mark}\0`);
    } catch {
      // It has ended, or belongs to another user and hides: then nobody can say that it is ours.
      return false;
    }
  }
}

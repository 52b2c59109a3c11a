/** Our own children, as the events of a ChildProcess tell of them. */
import type { ChildProcess } from 'node:child_process';
import { statSync } from 'node:fs';

import { signalNumber } from '../../signal/signal-names.ts';
import type { End, ProcessRef } from '../platform.ts';
import { blockUntil } from './block.ts';
import { setCleanup } from './cleanup.ts';
import { refused } from './failure.ts';
import type { Refuse } from './refusal.ts';
import { hasProc, readStat } from './table.ts';

/**
 * The raw wait status that an exit code or the name of a signal stands for. Node has neither for a
 * death by a real-time signal: it tells of it just as of an exit with code 0, and so must this. It
 * does not tell of core dumps either.
 */
export function waitStatusOf(code: number | null, signal: NodeJS.Signals | null): number {
  if (signal !== null) return signalNumber(signal, 'signal');
  return (code ?? 0) * 256;
}

/** A child of ours. */
export class ChildRef implements ProcessRef {
  readonly pid: number;
  readonly owned = true;
  readonly #child: ChildProcess;
  readonly #refuse: Refuse;
  readonly #callbacks: ((end: End) => void)[] = [];
  #end: End | undefined;

  /** `child` must have started, as `pid`: one without a pid must never be signalled. */
  constructor(child: ChildProcess, pid: number, refuse: Refuse) {
    this.pid = pid;
    this.#child = child;
    this.#refuse = refuse;
    child.unref();
    child.once('exit', (code, signal) => this.#settle(waitStatusOf(code, signal)));
  }

  /** Only the first one to tell is heard. */
  #settle(waitStatus: number): End {
    if (this.#end !== undefined) return this.#end;
    const end = { waitStatus, usage: undefined };
    this.#end = end;
    // In a microtask: whoever blocked until now must not find itself called back in the middle of it.
    queueMicrotask(() => {
      for (const callback of this.#callbacks.splice(0)) callback(end);
    });
    return end;
  }

  /** Known once the event loop has heard of it: a loop that is blocked learns nothing. */
  end(): End | undefined {
    return this.#end;
  }

  onEnd(callback: (end: End) => void): void {
    const end = this.#end;
    if (end === undefined) this.#callbacks.push(callback);
    else queueMicrotask(() => callback(end));
  }

  /**
   * The event loop reaps, and it stands still meanwhile; but the child is a zombie then, and /proc
   * knows the status of one. Without /proc there is nothing to wait with.
   */
  waitSync(timeoutMs: number | undefined): End | undefined {
    if (this.#end !== undefined) return this.#end;
    if (!hasProc() || !isReadable(this.pid)) {
      throw this.#refuse('waitSync() for a child that has not ended yet');
    }
    const ended = (): boolean => readStat(this.pid)?.ended === true;
    if (!blockUntil(ended, timeoutMs)) return undefined;
    return this.#settle(readStat(this.pid)?.waitStatus ?? 0);
  }

  ref(): void {
    this.#child.ref();
  }

  unref(): void {
    this.#child.unref();
  }

  signal(number: number): boolean {
    // Until the loop has heard of its end the child is a zombie at worst, so the pid is still its own.
    return this.#end === undefined && send(this.pid, number);
  }

  setCleanup(on: boolean): void {
    setCleanup(this, on);
  }
}

/** Whether /proc tells this user how the process ended: it is one of his own, or he is root. */
function isReadable(pid: number): boolean {
  const user = process.geteuid?.();
  return user === 0 || user === statSync(`/proc/${pid}`, { throwIfNoEntry: false })?.uid;
}

/** kill(2); false if there is no such process any more. */
export function send(pid: number, number: number): boolean {
  try {
    return process.kill(pid, number);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return false;
    throw refused(error, Math.abs(pid));
  }
}

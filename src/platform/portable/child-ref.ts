/** Our own children, as the events of a ChildProcess tell of them. */
import type { ChildProcess } from 'node:child_process';

import type { UnsupportedError } from '../../errors.ts';
import { signalNumber } from '../../signal/signal-names.ts';
import type { End, ProcessRef } from '../platform.ts';
import { setCleanup } from './cleanup.ts';
import { refused } from './failure.ts';
import type { Refuse } from './refusal.ts';

/**
 * The raw wait status that an exit code or the name of a signal stands for. Node has neither for a
 * death by a real-time signal: it tells of it just as of an exit with code 0, and so must this. It
 * does not tell of core dumps either.
 */
export function waitStatusOf(code: number | null, signal: NodeJS.Signals | null): number {
  if (signal !== null) return signalNumber(signal, 'signal');
  return (code ?? 0) * 256;
}

/** One child, shared by all references to it. */
export class ChildRecord {
  readonly pid: number;
  end: End | undefined;
  readonly #child: ChildProcess;
  readonly #callbacks: ((end: End) => void)[] = [];
  #holders = 0;

  /** `child` must have started: one without a pid must never be signalled. */
  constructor(child: ChildProcess, pid: number) {
    this.pid = pid;
    this.#child = child;
    child.unref();
    child.once('exit', (code, signal) => {
      this.end = { waitStatus: waitStatusOf(code, signal), usage: undefined };
      for (const callback of this.#callbacks.splice(0)) callback(this.end);
    });
  }

  onEnd(callback: (end: End) => void): void {
    const { end } = this;
    if (end === undefined) this.#callbacks.push(callback);
    else queueMicrotask(() => callback(end));
  }

  /** The event loop lives on while somebody holds on. */
  hold(on: boolean): void {
    this.#holders += on ? 1 : -1;
    if (this.#holders === 0) this.#child.unref();
    else this.#child.ref();
  }
}

/** A reference to a child of ours. */
export class ChildRef implements ProcessRef {
  readonly owned = true;
  readonly #record: ChildRecord;
  readonly #refuse: Refuse;
  #held = false;

  constructor(record: ChildRecord, refuse: Refuse) {
    this.#record = record;
    this.#refuse = refuse;
  }

  get pid(): number {
    return this.#record.pid;
  }

  /** Known once the event loop has heard of it: a loop that is blocked learns nothing. */
  end(): End | undefined {
    return this.#record.end;
  }

  onEnd(callback: (end: End) => void): void {
    this.#record.onEnd(callback);
  }

  waitSync(): End | undefined {
    const { end } = this.#record;
    if (end === undefined) throw this.#cannotBlock();
    return end;
  }

  #cannotBlock(): UnsupportedError {
    return this.#refuse('waitSync() for a child that has not ended yet');
  }

  ref(): void {
    if (this.#held) return;
    this.#held = true;
    this.#record.hold(true);
  }

  unref(): void {
    if (!this.#held) return;
    this.#held = false;
    this.#record.hold(false);
  }

  signal(number: number): boolean {
    // Until the loop has heard of its end the child is a zombie at worst, so the pid is still its own.
    if (this.#record.end !== undefined) return false;
    return send(this.pid, number);
  }

  setCleanup(on: boolean): void {
    setCleanup(this, on);
  }
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

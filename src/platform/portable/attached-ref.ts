/**
 * Processes that somebody else started. Without a pidfd nobody tells of their end, so they are looked
 * at from time to time; where there is /proc, pid and start time together keep a recycled pid out.
 */
import { readFileSync } from 'node:fs';

import { NoSuchProcessError } from '../../errors.ts';
import type { End, ProcessRef } from '../platform.ts';
import { blockUntil } from './block.ts';
import { send } from './child-ref.ts';
import { setCleanup } from './cleanup.ts';
import { failureIn } from './failure.ts';
import { hasProc, readProc, readStat } from './table.ts';

/** Looks come quickly at first, and a quarter of a second apart in the long run. */
const firstPauseMs = 10;
const longestPauseMs = 250;

// Nobody but its parent learns how a process ended.
const unobserved: End = Object.freeze({ waitStatus: undefined, usage: undefined });

/** A reference to a process by its pid. */
export class AttachedRef implements ProcessRef {
  readonly pid: number;
  readonly owned = false;
  readonly #startTime: number | undefined;
  readonly #callbacks: ((end: End) => void)[] = [];
  #ended = false;
  #held = false;
  #timer: NodeJS.Timeout | undefined;
  #pauseMs = firstPauseMs;

  /** Throws NoSuchProcessError. */
  constructor(pid: number) {
    this.pid = pid;
    this.#startTime = hasProc() ? readProc(pid)?.startTime : undefined;
    if (!exists(pid) || isThread(pid)) throw new NoSuchProcessError(pid, { syscall: 'kill' });
  }

  end(): End | undefined {
    this.#ended ||= !this.#isAlive();
    return this.#ended ? unobserved : undefined;
  }

  #isAlive(): boolean {
    if (this.#startTime === undefined) return exists(this.pid);
    const stat = readStat(this.pid);
    return stat?.row.startTime === this.#startTime && !stat.ended;
  }

  onEnd(callback: (end: End) => void): void {
    if (this.end() !== undefined) {
      queueMicrotask(() => callback(unobserved));
      return;
    }
    this.#callbacks.push(callback);
    this.#pauseMs = firstPauseMs;
    clearTimeout(this.#timer);
    this.#arm();
  }

  #arm(): void {
    this.#timer = setTimeout(() => this.#look(), this.#pauseMs);
    if (!this.#held) this.#timer.unref();
    this.#pauseMs = Math.min(longestPauseMs, this.#pauseMs * 1.5);
  }

  #look(): void {
    this.#timer = undefined;
    if (this.end() === undefined) {
      this.#arm();
      return;
    }
    for (const callback of this.#callbacks.splice(0)) callback(unobserved);
  }

  waitSync(timeoutMs: number | undefined): End | undefined {
    if (!blockUntil(() => this.end() !== undefined, timeoutMs)) return undefined;
    return unobserved;
  }

  ref(): void {
    this.#held = true;
    this.#timer?.ref();
  }

  unref(): void {
    this.#held = false;
    this.#timer?.unref();
  }

  /** The look and the signal are two calls: a pid recycled between them would be hit. */
  signal(number: number): boolean {
    return this.end() === undefined && send(this.pid, number);
  }

  setCleanup(on: boolean): void {
    setCleanup(this, on);
  }
}

/** Whether the pid is somebody's; a process that may not be signalled is there all the same. */
function exists(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    if (failureIn(error)?.code === 'EPERM') return true;
    if (failureIn(error)?.code === 'ESRCH') return false;
    throw error;
  }
}

/** On Linux kill(2) also takes the id of a thread, which is no process. */
function isThread(pid: number): boolean {
  try {
    const group = /^Tgid:\s*(\d+)$/m.exec(readFileSync(`/proc/${pid}/status`, 'latin1'))?.[1];
    return group !== undefined && Number(group) !== pid;
  } catch {
    return false;
  }
}

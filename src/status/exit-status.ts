/**
 * How a process ended. Three things are kept apart here: the *exit code* (0 to 255) a program gives,
 * the raw *wait status* of wait(2) that packs it, and this *exit status* that tells what happened.
 */
import { signalName, type SignalName } from '../signal/signal-names.ts';
import { resourceUsage, type ResourceUsage } from './resource-usage.ts';

/** The low seven bits of a status that tells of a stop, not of an end. */
const stopped = 0x7f;

/** What is known of an end: the raw wait status, and the nine numbers of getrusage(2). */
export interface ObservedEnd {
  readonly waitStatus: number | undefined;
  readonly usage: readonly number[] | undefined;
}

/**
 * How a process ended: by itself with an exit code, by a signal, or in a way that nobody could see (a
 * process that is not our child, on a kernel that does not tell). Immutable; survives
 * structuredClone() as a plain object. Source: wait(2).
 *
 * @example
 * ```ts
 * import { spawn } from 'brood';
 * const child = await spawn('sh', ['-c', 'exit 3']);
 * const status = await child.wait();
 * console.log(status.code, String(status)); // 3 'exited with code 3'
 * ```
 */
export class ExitStatus {
  /** `'exited'`: by itself; `'signaled'`: killed; `'unobserved'`: ended, and how is not known. */
  readonly kind: 'exited' | 'signaled' | 'unobserved';
  /** The exit code; undefined unless it exited by itself. */
  readonly code: number | undefined;
  /** What killed it; undefined unless a signal did. */
  readonly signal: SignalName | undefined;
  /** Whether it left a core dump. */
  readonly coreDumped: boolean;
  /** Exit code 0. False if that is not known. */
  readonly ok: boolean;
  /** As a shell tells it in `$?`: the code, or 128 + the signal's number; undefined if not known. */
  readonly shellCode: number | undefined;
  /** The raw status of wait(2); undefined if not known. */
  readonly waitStatus: number | undefined;
  /** What it used; only for children of ours, on a platform that counts it. */
  readonly usage: ResourceUsage | undefined;

  /** Made from what was observed: {@link exitStatus}. */
  constructor(end: ObservedEnd) {
    const { waitStatus } = end;
    const low = waitStatus === undefined ? stopped : waitStatus & 0x7f;
    const exited = low === 0;
    // 0x7f marks a process that was stopped or continued: it has not ended with that status, so
    // nothing is known of its end.
    const signaled = low !== 0 && low !== stopped;
    this.kind = exited ? 'exited' : signaled ? 'signaled' : 'unobserved';
    // No mask: Windows has exit codes of 32 bits, everything else has 8 and nothing above them.
    this.code = exited && waitStatus !== undefined ? Math.floor(waitStatus / 256) : undefined;
    this.signal = signaled ? signalName(low) : undefined;
    this.coreDumped = signaled && waitStatus !== undefined && (waitStatus & 0x80) !== 0;
    this.ok = this.code === 0;
    this.shellCode = signaled ? 128 + low : this.code;
    this.waitStatus = waitStatus;
    this.usage = end.usage === undefined ? undefined : resourceUsage(end.usage);
    Object.freeze(this);
  }

  /** `'exited with code 1'`, `'killed by SIGSEGV (core dumped)'` or `'ended, status not observed'`. */
  toString(): string {
    switch (this.kind) {
      case 'exited':
        return `exited with code ${this.code}`;
      case 'signaled':
        return `killed by ${this.signal}${this.coreDumped ? ' (core dumped)' : ''}`;
      case 'unobserved':
        return 'ended, status not observed';
    }
  }
}

/** The exit status of a process that ended so. */
export function exitStatus(end: ObservedEnd): ExitStatus {
  return new ExitStatus(end);
}

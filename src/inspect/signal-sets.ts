/** The signals of a process. Source: /proc/PID/status, signal(7). */
import { signalName, type SignalName } from '../signal/signal-names.ts';
import { type Known, mapKnown } from './missing.ts';
import { malformed, type Sources } from './sources.ts';
import type { Status } from './status.ts';

/** What a process does about signals, and which ones wait for it. */
export interface SignalSets {
  /** Sent to the process, and not yet delivered. */
  readonly pending: readonly SignalName[];
  /** Sent to its first thread alone, and not yet delivered. */
  readonly pendingForThread: readonly SignalName[];
  /** By its first thread: each has a mask of its own. */
  readonly blocked: readonly SignalName[];
  readonly ignored: readonly SignalName[];
  /** Those that it has a handler for. */
  readonly caught: readonly SignalName[];
  /** How many signals are queued for the real user of the process, */
  readonly queued: number;
  /** and how many may be. */
  readonly queueLimit: number;
}

/** The group `signals`. */
export function readSignalSets(sources: Sources): Known<SignalSets> {
  return mapKnown(sources.status, (status) => {
    const pending = signalsIn(status, 'ShdPnd');
    const pendingForThread = signalsIn(status, 'SigPnd');
    const blocked = signalsIn(status, 'SigBlk');
    const ignored = signalsIn(status, 'SigIgn');
    const caught = signalsIn(status, 'SigCgt');
    const [, queued, limit] = /^(\d{1,15})\/(\d{1,20})$/.exec(status.text('SigQ') ?? '') ?? [];
    if (pending === undefined || pendingForThread === undefined || blocked === undefined) {
      return malformed('status');
    }
    if (ignored === undefined || caught === undefined || queued === undefined) {
      return malformed('status');
    }
    const queueLimit = Number(limit);
    return {
      pending,
      pendingForThread,
      blocked,
      ignored,
      caught,
      queued: Number(queued),
      queueLimit,
    };
  });
}

function signalsIn(status: Status, name: string): SignalName[] | undefined {
  // The lowest bit stands for signal 1.
  return status.bits(name)?.map((bit) => signalName(bit + 1));
}

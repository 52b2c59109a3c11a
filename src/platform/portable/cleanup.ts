/**
 * What is stopped when this program ends. Node tells of its end only when it ends in an orderly way:
 * a death by a signal leaves these running, which the native platform does not.
 */
import { constants } from 'node:os';

import type { ProcessRef } from '../platform.ts';

const listed = new Set<ProcessRef>();
let listening = false;

/** Puts a process into the table, or takes it out; one that ended leaves by itself. */
export function setCleanup(ref: ProcessRef, on: boolean): void {
  if (!on) {
    listed.delete(ref);
    return;
  }
  if (listed.has(ref) || ref.end() !== undefined) return;
  listed.add(ref);
  ref.onEnd(() => listed.delete(ref));
  if (listening) return;
  listening = true;
  process.on('exit', stopListed);
}

function stopListed(): void {
  for (const ref of listed) {
    try {
      ref.signal(constants.signals.SIGTERM);
    } catch {
      // It changed its user; the others are still to be stopped.
    }
  }
}

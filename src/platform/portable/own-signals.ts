/**
 * The signals of this program as far as Node's own listeners reach. libuv installs a handler for the
 * first listener and the default action after the last, so a listener is the only way to a handler,
 * and an empty one the nearest thing to SIG_IGN: it keeps the program alive, but unlike SIG_IGN a
 * program that is started with exec does not inherit it.
 */
import { readFileSync } from 'node:fs';
import { constants } from 'node:os';

import { signalName } from '../../signal/signal-names.ts';
import type { Disposition, OwnSignals } from '../platform.ts';
import type { Refuse } from './refusal.ts';
import { hasProc } from './table.ts';

const lastNamed = 31;
const ignoring = (): void => {};
/** What Node ignores from its start: a write to a closed pipe is an error there, not a death. */
const ignoredByNode: ReadonlySet<string> = new Set(['SIGPIPE', 'SIGXFSZ']);
const changed = new Set<string>();

/** Dispositions through process.on; masks cannot be had. */
export function portableOwnSignals(refuse: Refuse): OwnSignals {
  const named = (number: number): NodeJS.Signals => {
    if (number > lastNamed) throw refuse(`the disposition of ${signalName(number)}`);
    return signalName(number) as NodeJS.Signals;
  };
  const noMask = (): never => {
    throw refuse('the signal mask');
  };
  return {
    disposition: (number) => dispositionOf(number),
    ignore: (number) => {
      const name = named(number);
      changed.add(name);
      if (!process.listeners(name).includes(ignoring)) process.on(name, ignoring);
    },
    reset: (number) => {
      const name = named(number);
      process.removeAllListeners(name);
      // libuv sets SIG_DFL when it lets go of a signal, and then only.
      process.on(name, ignoring).off(name, ignoring);
      changed.add(name);
    },
    block: noMask,
    unblock: noMask,
    blocked: noMask,
    pending: noMask,
  };
}

function dispositionOf(number: number): Disposition {
  const name = signalName(number) as NodeJS.Signals;
  const listeners = process.listeners(name);
  if (listeners.length > 0) {
    return listeners.every((each) => each === ignoring) ? 'ignored' : 'handled';
  }
  if (hasProc()) return fromProc(number);
  return ignoredByNode.has(name) && !changed.has(name) ? 'ignored' : 'default';
}

/**
 * /proc also knows of the handlers that Node itself has. Those of SIGINT and SIGTERM put the terminal
 * right and then let the default action happen, so they count as that.
 */
function fromProc(number: number): Disposition {
  const status = readFileSync('/proc/self/status', 'latin1');
  const isIn = (set: string): boolean => {
    const mask = new RegExp(`^${set}:\\s*([0-9a-f]+)$`, 'm').exec(status)?.[1] ?? '0';
    return ((BigInt(`0x${mask}`) >> BigInt(number - 1)) & 1n) === 1n;
  };
  if (isIn('SigIgn')) return 'ignored';
  const { SIGINT, SIGTERM } = constants.signals;
  return isIn('SigCgt') && number !== SIGINT && number !== SIGTERM ? 'handled' : 'default';
}

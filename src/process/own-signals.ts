/**
 * The signals of this program: the real dispositions and masks of the kernel, together with Node's own
 * listeners. There is one disposition for the whole program, so whoever sets it replaces what others
 * had set; handlers are the exception, they add up.
 */
import { isMainThread } from 'node:worker_threads';

import { invalidType, invalidValue, UnsupportedError } from '../errors.ts';
import { atFork } from '../platform/forked.ts';
import type { Disposition, OwnSignals } from '../platform/platform.ts';
import { platform } from '../platform/select.ts';
import {
  describeSignal,
  signalName,
  signalNames,
  signalNumber,
  type SignalDescription,
  type SignalName,
} from '../signal/signal-names.ts';

/** What is called when a signal arrives, with its name and number, on the event loop. */
export type SignalHandler = (name: SignalName, number: number) => void;

/** One name or number, or several. */
export type SignalSet = SignalName | number | readonly (SignalName | number)[];

/** Type of {@link signals}. */
export interface Signals {
  /**
   * Calls `handler` each time the signal arrives; handlers add up, in the order in which they were
   * given. They run on the event loop, so signals that come in quick succession may be told once, and
   * one may be handled while an asynchronous handler of an earlier one is still at work. A handler
   * does not keep the event loop alive. Handling SIGUSR1 keeps Node from starting its inspector on it.
   *
   * @throws TypeError for a handler that is no function, for what is no signal, for SIGKILL and
   * SIGSTOP; UnsupportedError in a worker thread and for real-time signals.
   */
  on(signal: SignalName | number, handler: SignalHandler): this;
  /** Like `on`, for the next time only. */
  once(signal: SignalName | number, handler: SignalHandler): this;
  /**
   * Takes the handler away that was given last, if it was given more than once. After the last one of
   * a signal its default action is back; SIGPIPE and SIGXFSZ are ignored again, as Node has them.
   */
  off(signal: SignalName | number, handler: SignalHandler): this;
  /**
   * Ignores it (SIG_IGN), instead of whatever handled it until now; a program started with exec
   * inherits that. Without the addon: an empty handler, which is not inherited.
   */
  ignore(signal: SignalName | number): this;
  /** The default action (SIG_DFL), instead of whatever handled it until now, listeners of Node too. */
  default(signal: SignalName | number): this;
  /** What happens when it arrives: as the kernel has it, whoever has set it. */
  disposition(signal: SignalName | number): Disposition;
  /** Holds signals back, on every thread: they are pending until unblocked. Source: sigprocmask(2). */
  block(signals: SignalSet): this;
  /** Lets them through again; those that were pending arrive at once. */
  unblock(signals: SignalSet): this;
  /** The signals that have arrived and are held back. Source: sigpending(2). */
  pending(): SignalName[];
  /** The signals that are held back. */
  blocked(): SignalName[];
  /** All signals of this machine. */
  readonly names: readonly SignalName[];
  /** Number, default action and meaning of a signal. */
  describe(signal: SignalName | number): SignalDescription;
}

interface Entry {
  readonly handler: SignalHandler;
  readonly listener: () => void;
}

/** Those that were given to us, by the number of the signal. */
const entries = new Map<number, Entry[]>();

// The listeners that these stand for are the parent's.
atFork((inChild, clean) => {
  if (inChild && clean) entries.clear();
});

/** Node ignores these from its start: a write to a closed pipe is an error there, not a death. */
const ignoredByNode: ReadonlySet<SignalName> = new Set(['SIGPIPE', 'SIGXFSZ']);

/**
 * The signals of this program: handle, ignore, block, ask. Source: signal(7), sigaction(2).
 *
 * @example
 * ```ts
 * import { signals } from 'brood';
 * signals.on('SIGHUP', () => console.log('reading the configuration again'));
 * signals.ignore('SIGUSR2');
 * console.log(signals.disposition('SIGUSR2')); // 'ignored'
 * ```
 */
export const signals: Signals = {
  names: signalNames,
  describe: describeSignal,

  on(signal, handler) {
    add(catchable(signal), handler, false);
    return this;
  },
  once(signal, handler) {
    add(catchable(signal), handler, true);
    return this;
  },
  off(signal, handler) {
    const number = catchable(signal);
    checkHandler(handler);
    const entry = entries.get(number)?.findLast((each) => each.handler === handler);
    if (entry !== undefined) take(number, entry);
    return this;
  },
  ignore(signal) {
    const number = catchable(signal);
    checkThread();
    const own = platform().ownSignals;
    heldBack(own, number, () => {
      removeAll(number);
      own.ignore(number);
    });
    return this;
  },
  default(signal) {
    const number = catchable(signal);
    checkThread();
    removeAll(number);
    platform().ownSignals.reset(number);
    return this;
  },
  disposition(signal) {
    return platform().ownSignals.disposition(signalNumber(signal, 'signal'));
  },
  block(signal) {
    platform().ownSignals.block(several(signal));
    return this;
  },
  unblock(signal) {
    platform().ownSignals.unblock(several(signal));
    return this;
  },
  pending() {
    return platform().ownSignals.pending().map(signalName);
  },
  blocked() {
    return platform().ownSignals.blocked().map(signalName);
  },
};

function catchable(signal: unknown): number {
  const number = signalNumber(signal, 'signal');
  const { catchable: can, name } = describeSignal(number);
  if (!can) throw invalidValue('signal', name, 'cannot be handled, ignored or blocked');
  return number;
}

function several(given: unknown): number[] {
  if (!Array.isArray(given)) return [catchable(given)];
  return given.map((each) => catchable(each));
}

function checkHandler(handler: unknown): void {
  if (typeof handler !== 'function') throw invalidType('handler', 'a function', handler);
}

function checkThread(): void {
  if (isMainThread) return;
  throw new UnsupportedError(
    'signal handlers and dispositions belong to the main thread: Node tells workers of no signals',
  );
}

/** The name that Node has for a signal. */
function eventOf(number: number): NodeJS.Signals {
  return signalName(number) as NodeJS.Signals;
}

function add(number: number, handler: SignalHandler, once: boolean): void {
  checkHandler(handler);
  checkThread();
  const name = signalName(number);
  if (number > 31) {
    throw new UnsupportedError(
      `Node has no handlers for ${name}; block() and pending() work with it`,
    );
  }
  const entry: Entry = {
    handler,
    listener: () => {
      if (once) take(number, entry);
      handler(name, number);
    },
  };
  const list = entries.get(number);
  if (list === undefined) entries.set(number, [entry]);
  else list.push(entry);
  listen(number, entry);
}

/** After SIG_IGN or SIG_DFL by other means Node believes that its handler is still there. */
function listen(number: number, entry: Entry): void {
  const event = eventOf(number);
  const before = process.rawListeners(event) as (() => void)[];
  process.on(event, entry.listener);
  if (before.length === 0 || platform().ownSignals.disposition(number) === 'handled') return;
  process.removeAllListeners(event);
  for (const each of [...before, entry.listener]) process.on(event, each);
}

function take(number: number, entry: Entry): void {
  const left = (entries.get(number) ?? []).filter((each) => each !== entry);
  if (left.length > 0) entries.set(number, left);
  else entries.delete(number);
  const event = eventOf(number);
  process.off(event, entry.listener);
  if (left.length > 0) return;
  const own = platform().ownSignals;
  const now = own.disposition(number);
  // Somebody else's listener stays in force.
  if (now === 'handled') return;
  if (ignoredByNode.has(event)) own.ignore(number);
  else if (now === 'ignored') own.reset(number);
}

function removeAll(number: number): void {
  entries.delete(number);
  process.removeAllListeners(eventOf(number));
}

/**
 * Node sets SIG_DFL when it lets go of its last listener: a signal that came between that and SIG_IGN
 * would end the program, so it is held back meanwhile, where signals can be.
 */
function heldBack(own: OwnSignals, number: number, change: () => void): void {
  const hold =
    process.listenerCount(eventOf(number)) > 0 &&
    platform().name === 'linux' &&
    !own.blocked().includes(number);
  if (hold) own.block([number]);
  try {
    change();
  } finally {
    if (hold) own.unblock([number]);
  }
}

/**
 * Signals by name and by number. The numbers are those of the machine (`os.constants.signals`): MIPS
 * and macOS count differently from the Linux most people know. Node has no names for real-time
 * signals and takes a death by one for `code 0, signal null`; here they have names like any other.
 */
import { constants } from 'node:os';

import { invalidType, outOfRange } from '../errors.ts';

/**
 * The name of a signal. Real-time signals count from the first one: `'SIGRTMIN'`, `'SIGRTMIN+1'`, …,
 * `'SIGRTMAX'`; `'SIG32'` and `'SIG33'` are those the C library keeps for its threads. Source: signal(7).
 *
 * @example
 * ```ts
 * import type { SignalName } from 'brood';
 * const polite: SignalName = 'SIGTERM';
 * ```
 */
export type SignalName =
  | NodeJS.Signals
  | 'SIGRTMIN'
  | `SIGRTMIN+${number}`
  | 'SIGRTMAX'
  | `SIGRTMAX-${number}`
  | `SIG${number}`;

/** What a signal does to a program that has no handler for it. */
export type SignalAction = 'terminate' | 'core' | 'ignore' | 'stop' | 'continue';

/** What {@link describeSignal} tells about a signal. */
export interface SignalDescription {
  readonly name: SignalName;
  readonly number: number;
  /** Its default action; `'core'` terminates, with a core dump where the limits allow one. */
  readonly action: SignalAction;
  /** Whether a program may handle, ignore or block it: all but SIGKILL and SIGSTOP. */
  readonly catchable: boolean;
  /** What it means, in a few words. */
  readonly description: string;
}

// glibc keeps 32 and 33 for its threads, so its SIGRTMIN is 34. musl keeps 34 as well: there
// 'SIGRTMIN' is one below the macro of that name.
const firstRealTime = 34;
const lastRealTime = 64;
const hasRealTime = process.platform === 'linux';
const highest = hasRealTime ? lastRealTime : 31;

/** Second names of a signal that has a better known one. */
const aliases: ReadonlySet<string> = new Set([
  'SIGIOT',
  'SIGPOLL',
  'SIGCLD',
  'SIGUNUSED',
  'SIGLOST',
]);

const meanings: Readonly<Record<string, readonly [SignalAction, string]>> = {
  SIGHUP: ['terminate', 'the terminal was closed, or the configuration is to be read again'],
  SIGINT: ['terminate', 'interrupted from the keyboard'],
  SIGQUIT: ['core', 'quit from the keyboard'],
  SIGILL: ['core', 'an instruction that does not exist'],
  SIGTRAP: ['core', 'a breakpoint'],
  SIGABRT: ['core', 'the program gave itself up with abort(3)'],
  SIGEMT: ['core', 'an instruction that has to be emulated'],
  SIGBUS: ['core', 'memory that cannot be reached'],
  SIGFPE: ['core', 'an arithmetic error'],
  SIGKILL: ['terminate', 'ended at once, without a chance to clean up'],
  SIGUSR1: ['terminate', 'the first one for the user; Node starts its inspector on it'],
  SIGSEGV: ['core', 'memory that is not there'],
  SIGUSR2: ['terminate', 'the second one for the user'],
  SIGPIPE: ['terminate', 'a write to a pipe that nobody reads'],
  SIGALRM: ['terminate', 'the timer of alarm(2) ran out'],
  SIGTERM: ['terminate', 'asked to end'],
  SIGSTKFLT: ['terminate', 'a stack fault of a coprocessor; not used'],
  SIGCHLD: ['ignore', 'a child ended, stopped or went on'],
  SIGCONT: ['continue', 'to go on if stopped'],
  SIGSTOP: ['stop', 'stopped, without a chance to object'],
  SIGTSTP: ['stop', 'stopped from the keyboard'],
  SIGBREAK: ['terminate', 'Ctrl+Break was pressed'],
  SIGTTIN: ['stop', 'read from the terminal in the background'],
  SIGTTOU: ['stop', 'wrote to the terminal in the background'],
  SIGURG: ['ignore', 'urgent data on a socket'],
  SIGXCPU: ['core', 'past the limit of processor time'],
  SIGXFSZ: ['core', 'past the limit of the size of a file'],
  SIGVTALRM: ['terminate', 'a timer of used processor time ran out'],
  SIGPROF: ['terminate', 'a profiling timer ran out'],
  SIGWINCH: ['ignore', 'the terminal changed its size'],
  SIGIO: [process.platform === 'darwin' ? 'ignore' : 'terminate', 'input or output is possible'],
  SIGPWR: ['terminate', 'the power fails'],
  SIGINFO: ['ignore', 'a report was asked for from the keyboard'],
  SIGSYS: ['core', 'a system call that does not exist or is not allowed'],
};

const numbers = new Map<string, number>();
const names = new Map<number, SignalName>();
for (const [name, number] of Object.entries(constants.signals)) {
  numbers.set(name, number);
  if (!aliases.has(name)) names.set(number, name as SignalName);
}
if (hasRealTime) {
  for (const number of [32, 33]) learn(`SIG${number}`, number);
  for (let number = firstRealTime; number <= lastRealTime; number++) {
    const up = number - firstRealTime;
    const down = lastRealTime - number;
    numbers.set(`SIGRTMAX-${down}`, number);
    numbers.set(`SIGRTMIN+${up}`, number);
    learn(up === 0 ? 'SIGRTMIN' : down === 0 ? 'SIGRTMAX' : `SIGRTMIN+${up}`, number);
  }
}

function learn(name: SignalName, number: number): void {
  numbers.set(name, number);
  names.set(number, name);
}

/** The names of all signals of this machine, by their numbers; on Linux the real-time ones too. */
export const signalNames: readonly SignalName[] = Object.freeze(
  [...names.entries()]
    .filter(([number]) => number <= 31 || number >= firstRealTime)
    .toSorted(([a], [b]) => a - b)
    .map(([, name]) => name),
);

/**
 * The number of a signal given by name or number.
 *
 * @throws TypeError `ERR_UNKNOWN_SIGNAL` for a name that no signal has, `ERR_INVALID_ARG_TYPE`;
 * RangeError `ERR_OUT_OF_RANGE` for a number outside 1 to 64. `argument` is the name in the message.
 */
export function signalNumber(signal: unknown, argument: string): number {
  return checked(signal, argument, 1);
}

/** Like {@link signalNumber}, but 0 is allowed: the signal that is never sent, to see if it could be. */
export function signalNumberOrZero(signal: unknown, argument: string): number {
  return checked(signal, argument, 0);
}

function checked(signal: unknown, argument: string, lowest: number): number {
  if (typeof signal === 'string') {
    const number = numbers.get(signal);
    if (number === undefined) throw unknownSignal(signal);
    return number;
  }
  if (typeof signal !== 'number') {
    throw invalidType(argument, 'the name or the number of a signal', signal);
  }
  if (!Number.isInteger(signal) || signal < lowest || signal > highest) {
    throw outOfRange(argument, `an integer from ${lowest} to ${highest}`, signal);
  }
  return signal;
}

function unknownSignal(name: string): TypeError & { code: string } {
  const capitals = name.toUpperCase();
  const near = [capitals, `SIG${capitals}`].find((other) => numbers.has(other));
  const hint = near === undefined ? '' : `; did you mean ${near}?`;
  return Object.assign(new TypeError(`Unknown signal: ${name}${hint}`), {
    code: 'ERR_UNKNOWN_SIGNAL',
  });
}

/** The name of the signal of that number; `'SIG<number>'` where it has none. */
export function signalName(number: number): SignalName {
  return names.get(number) ?? `SIG${number}`;
}

/**
 * What a signal is and does, by name or number. Source: signal(7).
 *
 * @throws like {@link signalNumber}.
 */
export function describeSignal(signal: SignalName | number): SignalDescription {
  const number = signalNumber(signal, 'signal');
  const name = signalName(number);
  const [action, description] = meanings[name] ?? realTimeMeaning(number);
  const catchable = name !== 'SIGKILL' && name !== 'SIGSTOP';
  return { name, number, action, catchable, description };
}

function realTimeMeaning(number: number): readonly [SignalAction, string] {
  return number < firstRealTime
    ? ['terminate', 'kept by the C library for its threads']
    : ['terminate', 'a real-time signal: queued, and delivered lowest number first'];
}

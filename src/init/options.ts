/** What an init can be told. */
import { checkFlag } from '../create/command.ts';
import { unknownName } from '../create/option-names.ts';
import { invalidType, invalidValue, outOfRange } from '../errors.ts';
import { checkTimeout } from '../process/time.ts';
import {
  describeSignal,
  signalNumber,
  signalNumberOrZero,
  type SignalName,
} from '../signal/signal-names.ts';

/** Options of `init()` for a program that takes the office itself. */
export interface InitOptions {
  /**
   * Milliseconds from SIGTERM to SIGKILL for what is left below this program at its end; 5000 if not
   * given. With a command also from a second SIGTERM to SIGKILL for all of it.
   */
  readonly grace?: number | undefined;
}

/** Options of `init()` with a command: those of brood-init. */
export interface InitCommandOptions extends InitOptions {
  /** The main program and its arguments; its name is looked for in PATH. */
  readonly command: readonly [program: string, ...args: string[]];
  /** Signals go to the whole process group of the program, and not to it alone. */
  readonly group?: boolean | undefined;
  /** What is passed on for a signal that comes; 0: nothing. */
  readonly rewrite?: Readonly<Partial<Record<SignalName, SignalName | number>>> | undefined;
  /** Exit codes of the program, 0 to 255, that count as 0. */
  readonly expectZero?: readonly number[] | undefined;
  /**
   * Descriptors above 2 that the program is to have. Node marks what it was given to be closed, so that
   * they must be named; brood-init itself hands all of them on.
   */
  readonly fds?: readonly number[] | undefined;
  /**
   * What this process gets when its parent dies, and the program when this process dies, by SIGKILL
   * too. Source: PR_SET_PDEATHSIG of prctl(2).
   */
  readonly deathSignal?: SignalName | number | undefined;
}

/** The longest that brood-init takes, in milliseconds. */
const longest = 1e12;
const usualGrace = 5000;
const simple: readonly string[] = ['grace'];
const all: readonly string[] = [
  ...simple,
  'command',
  'group',
  'rewrite',
  'expectZero',
  'deathSignal',
  'fds',
];

/** An object with known names only. */
export function checkShape(options: unknown): asserts options is object {
  if (typeof options !== 'object' || options === null) {
    throw invalidType('options', 'an object', options);
  }
  const withCommand = 'command' in options && options.command !== undefined;
  for (const [name, value] of Object.entries(options)) {
    if (value === undefined) continue;
    if (!all.includes(name)) throw unknownName(`options.${name}`, name, all);
    if (!withCommand && !simple.includes(name)) {
      throw invalidValue(`options.${name}`, value, 'goes only with options.command');
    }
  }
}

/** Milliseconds, whole. */
export function checkGrace(value: unknown): number {
  const grace = checkTimeout(value, 'options.grace') ?? usualGrace;
  if (grace > longest) throw outOfRange('options.grace', `at most ${longest}`, grace);
  return Math.ceil(grace);
}

/** The arguments of brood-init, up to the program and its arguments. */
export function initArguments(options: InitCommandOptions): string[] {
  const args = ['--unblock', `--grace=${checkGrace(options.grace)}`];
  if (process.pid !== 1) args.push('--subreaper');
  if (checkFlag(options.group, 'options.group')) args.push('--group');
  args.push(...rewrites(options.rewrite), ...expected(options.expectZero));
  if (options.deathSignal !== undefined) {
    args.push(`--deathsig=${signalNumber(options.deathSignal, 'options.deathSignal')}`);
  }
  return args;
}

/** Descriptors as they are handed on: each under its own number. */
export function checkFds(fds: unknown): Record<number, number> {
  if (fds === undefined) return {};
  if (!Array.isArray(fds)) throw invalidType('options.fds', 'an array of numbers', fds);
  return Object.fromEntries(
    fds.map((fd: unknown, at) => {
      const name = `options.fds[${at}]`;
      if (typeof fd !== 'number') throw invalidType(name, 'a number', fd);
      if (!Number.isInteger(fd) || fd < 3) throw outOfRange(name, 'a descriptor above 2', fd);
      return [fd, fd];
    }),
  );
}

function rewrites(rewrite: unknown): string[] {
  if (rewrite === undefined) return [];
  if (typeof rewrite !== 'object' || rewrite === null) {
    throw invalidType('options.rewrite', 'an object', rewrite);
  }
  return Object.entries(rewrite).map(([from, to]) => {
    const name = `options.rewrite.${from}`;
    const number = signalNumber(from, 'options.rewrite');
    if (!describeSignal(number).catchable || from === 'SIGCHLD') {
      throw invalidValue('options.rewrite', from, 'has a signal that is never passed on');
    }
    return `--rewrite=${number}:${signalNumberOrZero(to, name)}`;
  });
}

function expected(codes: unknown): string[] {
  if (codes === undefined) return [];
  if (!Array.isArray(codes)) throw invalidType('options.expectZero', 'an array of numbers', codes);
  return codes.map((code: unknown, at) => {
    const name = `options.expectZero[${at}]`;
    if (typeof code !== 'number') throw invalidType(name, 'a number', code);
    if (!Number.isInteger(code) || code < 0 || code > 255) {
      throw outOfRange(name, 'an exit code, 0 to 255', code);
    }
    return `--expect-zero=${code}`;
  });
}

/** The line of /proc/PID/stat, taken apart. Source: proc_pid_stat(5). */
import { textOf } from './bytes.ts';

const open = 0x28;
const close = 0x29;
const blank = 0x20;
const lineFeed = 0x0a;
const minus = 0x2d;
const zero = 0x30;

/** The fields up to the size of the resident set: what every kernel has. */
const fewest = 24;
const firstNumber = 4;
/** Before the numbers stands the pid. */
const offset = firstNumber - 1;

/** A line of stat. Numbers are asked for by their place, as the manual counts them. */
export interface Stat {
  readonly pid: number;
  /** comm, as bytes. */
  readonly comm: Buffer;
  readonly state: string;
  /** Field `place` (4 and up); undefined where the kernel has fewer fields. */
  field(place: number): number | undefined;
  /** Field `place` of 4 to 24, which every line has. */
  sure(place: number): number;
}

class Line implements Stat {
  readonly pid: number;
  readonly comm: Buffer;
  readonly state: string;
  readonly #numbers: readonly number[];

  constructor(comm: Buffer, state: string, numbers: readonly number[]) {
    this.pid = numbers[0] as number;
    this.comm = comm;
    this.state = state;
    this.#numbers = numbers;
  }

  field(place: number): number | undefined {
    return this.#numbers[place - offset];
  }

  sure(place: number): number {
    return this.#numbers[place - offset] as number;
  }
}

/**
 * A line of stat; undefined if it is none. The name of the program may hold any byte, so what follows
 * it counts from the last bracket.
 */
export function parseStat(bytes: Buffer): Stat | undefined {
  const start = bytes.indexOf(open);
  const end = bytes.lastIndexOf(close);
  if (start < 2 || end < start || bytes[end + 1] !== blank || bytes[end + 3] !== blank) {
    return undefined;
  }
  const state = bytes[end + 2] as number;
  if (!isLetter(state) || bytes[start - 1] !== blank) return undefined;
  const numbers: number[] = [];
  const isWhole =
    takeNumbers(bytes, 0, start - 1, numbers) && takeNumbers(bytes, end + 4, bytes.length, numbers);
  if (!isWhole || numbers.length <= fewest - offset) return undefined;
  return new Line(bytes.subarray(start + 1, end), String.fromCharCode(state), numbers);
}

function isLetter(byte: number): boolean {
  return (byte >= 0x41 && byte <= 0x5a) || (byte >= 0x61 && byte <= 0x7a);
}

/** Adds numbers that have one blank between them; false if anything else is there. */
function takeNumbers(bytes: Buffer, from: number, to: number, numbers: number[]): boolean {
  const end = to > from && bytes[to - 1] === lineFeed ? to - 1 : to;
  for (let at = from; at < end; at++) {
    const isNegative = bytes[at] === minus;
    if (isNegative) at++;
    const first = at;
    let number = 0;
    for (; at < end && bytes[at] !== blank; at++) {
      const digit = (bytes[at] as number) - zero;
      if (digit < 0 || digit > 9) return false;
      number = number * 10 + digit;
    }
    if (at === first) return false;
    numbers.push(isNegative ? -number : number);
  }
  return true;
}

/** What the program is called there: at most 15 bytes, of kernel threads more. */
export function nameIn(stat: Stat): string {
  return textOf(stat.comm);
}

/** PF_KTHREAD: a thread of the kernel, that runs no program. */
export function isKernelThread(stat: Stat): boolean {
  return (stat.sure(9) & 0x0020_0000) !== 0;
}

/** PF_EXITING: it is on its way out, and has given up some of what it had. */
function isExiting(stat: Stat): boolean {
  return (stat.sure(9) & 0x4) !== 0;
}

/** Whether it gave up its memory, its files and its working directory. */
export function hasEnded(stat: Stat): boolean {
  return stat.state === 'Z' || stat.state === 'X' || stat.state === 'x' || isExiting(stat);
}

/** The lines of /proc/PID/status, taken apart. Source: proc_pid_status(5). */
import { integersOf, rangesOf } from './bytes.ts';

const bytesInKib = 1024;

/** The lines by their names; each is read when it is asked for. */
export class Status {
  readonly #text: string;

  constructor(text: string) {
    this.#text = `\n${text}`;
  }

  /** The value as it stands there; undefined: this kernel has no such line. */
  text(name: string): string | undefined {
    // The name of the program, in the first line, has its line feeds escaped: it makes up no line.
    const label = `\n${name}:`;
    const start = this.#text.indexOf(label);
    if (start < 0) return undefined;
    const end = this.#text.indexOf('\n', start + 1);
    return this.#text.slice(start + label.length, end < 0 ? undefined : end).trim();
  }

  number(name: string): number | undefined {
    const numbers = this.numbers(name);
    return numbers?.length === 1 ? numbers[0] : undefined;
  }

  /** Numbers with blanks between them. */
  numbers(name: string): number[] | undefined {
    return integersOf(this.text(name));
  }

  /** A size in bytes; it stands there in kB. */
  bytes(name: string): number | undefined {
    const [, kib] = /^(\d{1,16}) kB$/.exec(this.text(name) ?? '') ?? [];
    return kib === undefined ? undefined : Number(kib) * bytesInKib;
  }

  /** A list such as '0-3,8'. */
  ranges(name: string): number[] | undefined {
    return rangesOf(this.text(name));
  }

  /** A mask of bits in hexadecimal: the numbers of the bits that are set, 0 for the lowest. */
  bits(name: string): number[] | undefined {
    return bitsOf(this.text(name));
  }
}

/** The bits that are set in a number in hexadecimal; undefined if it is none. */
export function bitsOf(hex: string | undefined): number[] | undefined {
  if (hex === undefined || !/^[\da-f]{1,32}$/.test(hex)) return undefined;
  const bits: number[] = [];
  for (let digit = 0; digit < hex.length; digit++) {
    const value = Number.parseInt(hex[hex.length - 1 - digit] as string, 16);
    for (let bit = 0; bit < 4; bit++) {
      if ((value & (1 << bit)) !== 0) bits.push(4 * digit + bit);
    }
  }
  return bits;
}

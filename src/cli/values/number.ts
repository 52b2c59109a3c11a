/** Numbers on the command line: whole ones, sizes, lists, and what may be without a limit. */
import { InvalidArgumentError } from 'commander';

/** A whole number within a range. */
export function integerFrom(lowest: number, highest: number): (text: string) => number {
  return (text) => {
    const number = Number(text);
    if (!/^[-+]?\d+$/.test(text) || number < lowest || number > highest) {
      const range = highest === Infinity ? `${lowest} or more` : `from ${lowest} to ${highest}`;
      throw new InvalidArgumentError(`Give a whole number, ${range}.`);
    }
    return number;
  };
}

/** Digits of an octal number, as umask(1) takes them. */
export function parseOctal(text: string): number {
  if (!/^[0-7]{1,4}$/.test(text)) throw new InvalidArgumentError('Give octal digits, as in 022.');
  return Number.parseInt(text, 8);
}

const powers = ['', 'k', 'm', 'g', 't'];

/** `4096`, `64k`, `1.5G` (powers of 1024), `unlimited`. */
export function parseSize(text: string): number {
  if (text === 'unlimited' || text === 'infinity') return Infinity;
  const match = /^(\d+(?:\.\d+)?)([kmgt]?)(?:i?b)?$/i.exec(text);
  if (match === null) throw new InvalidArgumentError('Give a number, 64k, 1.5G, or unlimited.');
  return Math.round(Number(match[1]) * 1024 ** powers.indexOf((match[2] ?? '').toLowerCase()));
}

/** `0,2-4` as 0, 2, 3, 4. */
export function parseNumbers(text: string): number[] {
  return text.split(',').flatMap((part) => {
    const [, first, last = first] = /^(\d+)(?:-(\d+))?$/.exec(part) ?? [];
    const count = Number(last) - Number(first) + 1;
    if (first === undefined || count < 1 || count > 4096) {
      throw new InvalidArgumentError('Give numbers and ranges, as in 0,2-3.');
    }
    return Array.from({ length: count }, (_, index) => Number(first) + index);
  });
}

/** `512 B`, `1.5 KB`, `20 MB`: powers of 1024, at most four characters of number. */
export function showSize(bytes: number): string {
  if (bytes < 1024) return `${bytes} B`;
  let value = bytes;
  let unit = 0;
  while (value >= 1000 && unit < 4) {
    value /= 1024;
    unit += 1;
  }
  return `${value < 10 ? value.toFixed(1) : Math.round(value)} ${'KMGT'[unit - 1]}B`;
}

/**
 * Text that the kernel has as bytes. Names of programs, arguments and paths may hold any byte but NUL;
 * a string of JavaScript that had replaced some of them would be another name.
 */

/** A byte that is no part of UTF-8 stands at this in a string, alone: no text has it there. */
const escaped = 0xdc00;
const replacement = '\ufffd';

/**
 * The string for these bytes: UTF-8, and each byte that is not as a lone surrogate (U+DC80 to U+DCFF).
 * Two different byte strings never become the same string; {@link bytesOf} is the way back. Python
 * calls it surrogateescape.
 */
export function textOf(bytes: Buffer): string {
  const text = bytes.toString('utf8');
  return text.includes(replacement) ? escapedText(bytes) : text;
}

function escapedText(bytes: Buffer): string {
  let text = '';
  for (let at = 0; at < bytes.length;) {
    const length = sequenceAt(bytes, at);
    text +=
      length === 0
        ? String.fromCharCode(escaped + (bytes[at] as number))
        : bytes.toString('utf8', at, at + length);
    at += Math.max(length, 1);
  }
  return text;
}

/** How many bytes of valid UTF-8 make the next character; 0 if they make none. */
function sequenceAt(bytes: Buffer, at: number): number {
  const lead = bytes[at] as number;
  const length = lead < 0x80 ? 1 : lead < 0xc2 ? 0 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
  if (lead > 0xf4 || at + length > bytes.length) return 0;
  const character = bytes.toString('utf8', at, at + length);
  const isReplacement = lead === 0xef && bytes[at + 1] === 0xbf && bytes[at + 2] === 0xbd;
  return character.includes(replacement) && !isReplacement ? 0 : length;
}

/**
 * The bytes behind a name, argument, path or variable that `brood/inspect` told: they may be no UTF-8,
 * and then stand in the string as lone surrogates.
 *
 * @example
 * ```ts
 * import { bytesOf, inspect } from 'brood/inspect';
 * const { name } = await inspect(process.pid, ['name']);
 * console.log(bytesOf(name).length > 0); // true
 * ```
 */
export function bytesOf(text: string): Uint8Array {
  if (!/[\ud800-\udfff]/u.test(text)) return Buffer.from(text);
  const parts: Buffer[] = [];
  for (const character of text) {
    const code = character.charCodeAt(0);
    const isByte = character.length === 1 && code >= escaped + 0x80 && code <= escaped + 0xff;
    parts.push(isByte ? Buffer.of(code - escaped) : Buffer.from(character));
  }
  return Buffer.concat(parts);
}

/** The strings that NUL ends; what stands after the last NUL counts if it is not empty. */
export function stringsOf(bytes: Buffer): string[] {
  const strings: string[] = [];
  for (let at = 0; at < bytes.length;) {
    const nul = bytes.indexOf(0, at);
    const end = nul < 0 ? bytes.length : nul;
    strings.push(textOf(bytes.subarray(at, end)));
    at = end + 1;
  }
  return strings;
}

/** A whole number in decimal digits; undefined for anything else. */
function integerOf(text: string | undefined): number | undefined {
  if (text === undefined || !/^-?\d{1,20}$/.test(text)) return undefined;
  return Number(text);
}

/** Whole numbers with blanks between them; undefined if one of them is none. */
export function integersOf(text: string | undefined): number[] | undefined {
  if (text === undefined) return undefined;
  const numbers: number[] = [];
  for (const word of text.trim().split(/\s+/)) {
    if (word === '') continue;
    const number = integerOf(word);
    if (number === undefined) return undefined;
    numbers.push(number);
  }
  return numbers;
}

/** Lists such as '0-3,8' (processors, nodes of memory); undefined if it is none. */
export function rangesOf(text: string | undefined): number[] | undefined {
  if (text === undefined) return undefined;
  const numbers: number[] = [];
  for (const part of text.trim().split(',')) {
    if (part === '') continue;
    const [, from, to] = /^(\d{1,5})(?:-(\d{1,5}))?$/.exec(part) ?? [];
    if (from === undefined) return undefined;
    for (let number = Number(from); number <= Number(to ?? from); number++) numbers.push(number);
  }
  return numbers;
}

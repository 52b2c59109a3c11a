/** The checks that options of supervisors have in common: each names the field that is wrong. */
import { unknownName } from '../create/option-names.ts';
import { invalidType, invalidValue, outOfRange } from '../errors.ts';

/** The longest time that a timer of Node takes. */
const longestMs = 0x7fff_ffff;

/** An object, with no other keys than those. */
export function checkObject<T extends object>(
  value: T,
  field: string,
  keys: readonly (keyof T & string)[],
): T {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw invalidType(field, 'an object', value);
  }
  for (const key of Object.keys(value)) {
    if (!(keys as readonly string[]).includes(key)) throw unknownName(`${field}.${key}`, key, keys);
  }
  return value;
}

/** What a number may be. */
export interface NumberRange {
  readonly from: number;
  /** Infinity is allowed only where it says so. */
  readonly to: number;
  readonly whole?: boolean;
}

/** A number within a range, or what it is by default. */
export function checkNumber<D extends number | undefined>(
  value: number | undefined,
  field: string,
  { from, to, whole = false }: NumberRange,
  otherwise: D,
): number | D {
  if (value === undefined) return otherwise;
  if (typeof value !== 'number') throw invalidType(field, 'a number', value);
  const broken = whole && value !== Infinity && !Number.isInteger(value);
  if (Number.isNaN(value) || value < from || value > to || broken) {
    const words = to === Infinity ? `${from} or more` : `from ${from} to ${to}`;
    throw outOfRange(field, `${whole ? 'a whole number' : 'a number'}, ${words}`, value);
  }
  return value;
}

/** Milliseconds that a timer can take. */
export function checkMs<D extends number | undefined>(
  value: number | undefined,
  field: string,
  otherwise: D,
): number | D {
  return checkNumber(value, field, { from: 0, to: longestMs }, otherwise);
}

/** One of some words, or what it is by default. */
export function checkWord<W extends string>(
  value: W | undefined,
  field: string,
  words: readonly W[],
  otherwise: W,
): W {
  if (value === undefined) return otherwise;
  if (!words.includes(value)) {
    const list = words.map((word) => `'${word}'`).join(', ');
    throw invalidValue(field, value, `must be one of ${list}`);
  }
  return value;
}

/** true or false, or what it is by default. */
export function checkBoolean(
  value: boolean | undefined,
  field: string,
  otherwise: boolean,
): boolean {
  if (value === undefined) return otherwise;
  if (typeof value !== 'boolean') throw invalidType(field, 'a boolean', value);
  return value;
}

/** A string that says something, without NUL. */
export function checkString(value: unknown, field: string): string {
  if (typeof value !== 'string') throw invalidType(field, 'a string', value);
  if (value === '') throw invalidValue(field, value, 'must not be empty');
  if (value.includes('\0')) throw invalidValue(field, value, 'must be without NUL bytes');
  return value;
}

/** The one of some fields that is given. */
export function checkOneOf<K extends string>(
  value: Partial<Record<K, unknown>>,
  field: string,
  keys: readonly K[],
): K {
  const given = keys.filter((key) => value[key] !== undefined);
  if (given.length === 1) return given[0] as K;
  const list = keys.map((key) => `'${key}'`).join(', ');
  const found = given.length === 0 ? 'none' : given.join(' and ');
  throw invalidValue(field, found, `must have exactly one of ${list}`);
}

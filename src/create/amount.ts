/** Numbers of bytes and milliseconds in options. */
import { invalidType, outOfRange } from '../errors.ts';

/** 0 or more; Infinity allowed. */
export function amount(value: unknown, name: string): number {
  if (typeof value !== 'number') throw invalidType(name, 'a number', value);
  if (!(value >= 0)) throw outOfRange(name, '0 or more', value);
  return value;
}

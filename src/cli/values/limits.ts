/** Resource limits on the command line: `openFiles=64`, `cpu-time=10:20`, `core-size=0`. */
import { InvalidArgumentError } from 'commander';

import { current, type Limit, type LimitName } from '../../index.ts';
import { parseSize } from './number.ts';

/** Limits by name, as they are collected. */
export type Limits = Partial<Record<LimitName, Limit>>;

/** The names that this machine has. */
function limitNames(): LimitName[] {
  return Object.keys(current.limits) as LimitName[];
}

function nameOf(text: string): LimitName {
  const camel = text.replaceAll(/-([a-z])/g, (_, letter: string) => letter.toUpperCase());
  const names = limitNames();
  const found = names.find((name) => name === camel);
  if (found !== undefined) return found;
  throw new InvalidArgumentError(`There is no such limit; there are: ${names.join(', ')}.`);
}

/** Adds `NAME=SOFT[:HARD]` to those before it. */
export function parseLimit(text: string, before: Limits | undefined): Limits {
  const equals = text.indexOf('=');
  if (equals < 1) throw new InvalidArgumentError('Give NAME=SOFT or NAME=SOFT:HARD.');
  const [soft = '', hard = soft, ...rest] = text.slice(equals + 1).split(':');
  if (rest.length > 0) throw new InvalidArgumentError('Give NAME=SOFT or NAME=SOFT:HARD.');
  const limit = { soft: parseSize(soft), hard: parseSize(hard) };
  if (limit.soft > limit.hard) {
    throw new InvalidArgumentError('The soft limit can be no higher than the hard one.');
  }
  return { ...before, [nameOf(text.slice(0, equals))]: limit };
}

/** The environment of a new process: checked, merged, and as the 'NAME=value' entries of execve(2). */
import { isMainThread } from 'node:worker_threads';

import { invalidType, invalidValue } from '../errors.ts';

/** Names and values; a value of undefined means: not there. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** Where programs are looked for when the child has no PATH, as shells do. */
const defaultPath = '/usr/local/bin:/usr/bin:/bin';

// process.env of the main thread writes through to the environment of the program, which the kernel
// can be given as it is. A worker's is a copy, and an object that somebody put in its place is just
// an object: both have to be spelled out.
const ownEnvironment = isMainThread ? process.env : undefined;

/** The entries for the child; undefined: it gets this program's own environment, unread. */
export function environmentEntries(
  env: Environment | undefined,
  extend: boolean,
): readonly string[] | undefined {
  if (env === undefined) {
    return process.env === ownEnvironment ? undefined : entriesOf(process.env);
  }
  checkEnvironment(env);
  return entriesOf(extend ? { ...process.env, ...env } : env);
}

/** The PATH that the child will see. */
export function searchPath(env: Environment | undefined, extend: boolean): string {
  const own = env === undefined || (extend && !Object.hasOwn(env, 'PATH'));
  return (own ? process.env['PATH'] : env['PATH']) ?? defaultPath;
}

function entriesOf(env: Environment): string[] {
  const entries: string[] = [];
  for (const name of Object.keys(env)) {
    const value = env[name];
    if (value !== undefined) entries.push(`${name}=${value}`);
  }
  return entries;
}

function checkEnvironment(env: unknown): asserts env is Environment {
  if (typeof env !== 'object' || env === null || Array.isArray(env)) {
    throw invalidType('options.env', 'an object', env);
  }
  for (const [name, value] of Object.entries(env)) {
    if (name === '') throw invalidValue('options.env', name, 'must not have an empty name');
    if (name.includes('=')) throw invalidValue('options.env', name, "must not have '=' in a name");
    if (name.includes('\0')) throw invalidValue('options.env', name, 'must be without NUL bytes');
    if (value === undefined) continue;
    if (typeof value !== 'string') {
      throw invalidType(`options.env.${name}`, 'a string or undefined', value);
    }
    if (value.includes('\0')) {
      throw invalidValue(`options.env.${name}`, value, 'must be without NUL bytes');
    }
  }
}

/**
 * What is to be started: the program's look-up, its arguments, its environment. Nothing is asked of
 * the file system here: the child itself tries the candidates, so there is no time between a check
 * and its use, and no I/O on the event loop.
 */
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

import { invalidType, invalidValue, SpawnError } from '../errors.ts';
import { environmentEntries, searchPath, type Environment } from './environment.ts';

/** How a program is found, and in what surroundings it runs. */
export interface CommandOptions {
  /** The working directory of the child; by default ours. */
  readonly cwd?: string | URL | undefined;
  /**
   * The whole environment of the child; by default ours. A value of undefined leaves the variable
   * out. With `extendEnv` these are changes to our environment instead.
   */
  readonly env?: Environment | undefined;
  /** `env` is merged over our environment instead of replacing it; undefined removes a variable. */
  readonly extendEnv?: boolean | undefined;
  /** What the program sees as argv[0]; by default its name as it was given. */
  readonly argv0?: string | undefined;
  /**
   * `program` is a line for a shell: true for /bin/sh, or the path of another one. Arguments are
   * quoted and appended, so the shell never takes them for syntax. Never build the line from input.
   */
  readonly shell?: boolean | string | undefined;
}

/** A command, fully worked out. */
export interface Command {
  readonly program: string;
  readonly candidates: readonly string[];
  readonly argv: readonly string[];
  readonly env: readonly string[] | undefined;
  readonly cwd: string | undefined;
  /** What a shell is given to run. */
  readonly line: string | undefined;
}

const noArguments: readonly string[] = Object.freeze([]);

/** Checks a program, its arguments and {@link CommandOptions}, and works out where to look. */
export function commandOf(program: unknown, args: unknown, options: CommandOptions): Command {
  const name = checkProgram(program);
  const list = checkArguments(args);
  const argv0 = options.argv0 === undefined ? undefined : checkText(options.argv0, 'options.argv0');
  const cwd = options.cwd === undefined ? undefined : checkPath(options.cwd, 'options.cwd');
  const extend = checkFlag(options.extendEnv, 'options.extendEnv');
  const env = environmentEntries(options.env, extend);
  const shell = options.shell;
  if (shell !== undefined && shell !== false) {
    const path = shell === true ? '/bin/sh' : checkShell(shell);
    const line = list.length === 0 ? name : `${name} ${list.map(quote).join(' ')}`;
    return {
      program: path,
      candidates: candidatesOf(path, cwd, options.env, extend),
      argv: [argv0 ?? path, '-c', line],
      env,
      cwd,
      line,
    };
  }
  return {
    program: name,
    candidates: candidatesOf(name, cwd, options.env, extend),
    argv: list.length === 0 ? [argv0 ?? name] : [argv0 ?? name, ...list],
    env,
    cwd,
    line: undefined,
  };
}

/** The command as one would type it into a shell. */
export function commandText(program: string, args: readonly string[]): string {
  let text = quote(program);
  for (const each of args) text += ` ${quote(each)}`;
  return text;
}

function quote(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", String.raw`'\''`)}'`;
}

// The same program is often started many times over: its candidates are kept until name or PATH change.
let lastName = '';
let lastPath = '';
let lastCandidates: readonly string[] = noArguments;

/**
 * The paths to try. A name without a slash is looked for in the child's PATH, where an empty entry is
 * the working directory (of the child). A path is taken as it is seen from here, not from `cwd`.
 */
function candidatesOf(
  name: string,
  cwd: string | undefined,
  env: Environment | undefined,
  extend: boolean,
): readonly string[] {
  if (name.includes('/')) {
    // Without a cwd of its own the child sees a relative path just as we do.
    return [cwd === undefined || name.startsWith('/') ? name : resolved(name)];
  }
  const path = searchPath(env, extend);
  if (name === lastName && path === lastPath) return lastCandidates;
  const folders = new Set(path.split(':'));
  lastCandidates = Array.from(folders, (each) => (each === '' ? `./${name}` : `${each}/${name}`));
  lastName = name;
  lastPath = path;
  return lastCandidates;
}

/** A path from our working directory, which may be gone. */
function resolved(name: string): string {
  try {
    return resolve(name);
  } catch (error) {
    const { code = 'ENOENT', errno } = error as NodeJS.ErrnoException;
    throw new SpawnError(`cannot start '${name}': our own working directory is gone (${code})`, {
      code,
      errno: errno === undefined ? undefined : Math.abs(errno),
      syscall: 'getcwd',
      program: name,
      stage: 'resolve',
      cause: error,
    });
  }
}

function checkProgram(program: unknown): string {
  const name = checkText(program, 'program');
  if (name === '') throw invalidValue('program', name, 'must not be empty');
  return name;
}

function checkArguments(args: unknown): readonly string[] {
  if (args === undefined) return noArguments;
  if (!Array.isArray(args)) throw invalidType('args', 'an array of strings', args);
  for (let i = 0; i < args.length; i++) {
    const each: unknown = args[i];
    if (typeof each !== 'string') throw invalidType(`args[${i}]`, 'a string', each);
    if (each.includes('\0')) throw invalidValue(`args[${i}]`, each, 'must be without NUL bytes');
  }
  return args;
}

function checkShell(shell: unknown): string {
  if (typeof shell !== 'string') throw invalidType('options.shell', 'a boolean or a string', shell);
  if (shell === '') throw invalidValue('options.shell', shell, 'must not be empty');
  return checkText(shell, 'options.shell');
}

/** A string that the kernel can take. */
export function checkText(value: unknown, name: string): string {
  if (typeof value !== 'string') throw invalidType(name, 'a string', value);
  if (value.includes('\0')) throw invalidValue(name, value, 'must be without NUL bytes');
  return value;
}

/** A path, or a file: URL that names one. */
export function checkPath(value: unknown, name: string): string {
  if (value instanceof URL) {
    if (value.protocol !== 'file:') throw invalidValue(name, value.href, 'must be a file: URL');
    return checkText(fileURLToPath(value), name);
  }
  if (typeof value !== 'string') throw invalidType(name, 'a string or a file: URL', value);
  if (value === '') throw invalidValue(name, value, 'must not be empty');
  return checkText(value, name);
}

/** A boolean that may be left out. */
export function checkFlag(value: unknown, name: string): boolean {
  if (value === undefined) return false;
  if (typeof value !== 'boolean') throw invalidType(name, 'a boolean', value);
  return value;
}

/**
 * What the descriptors of a new process are to be: from what the caller wrote to what the platform
 * does, and what is left for us to do once it has started (feed, flow, close).
 */
import { Readable, Writable } from 'node:stream';

import { FileDescriptor } from '../descriptor/file-descriptor.ts';
import { HandOver } from '../descriptor/hand-over.ts';
import { invalidType, invalidValue } from '../errors.ts';
import type { DescriptorSource } from '../platform/platform.ts';
import { checkInteger } from '../process/attribute-values.ts';
import { checkFlag, checkPath } from './command.ts';
import type { Source } from './feed.ts';
import { unknownName } from './option-names.ts';

/** A file to be opened for the child; relative to our working directory. */
export interface FileTarget {
  readonly file: string | URL;
  /** Written to at its end, and kept; otherwise a file that is written is emptied first. */
  readonly append?: boolean | undefined;
}

/** What any descriptor of a child may be: see {@link StdioOptions}. */
export type StdioOption =
  | 'pipe'
  | 'inherit'
  | 'ignore'
  | 'closed'
  | FileTarget
  | FileDescriptor
  | number;

/** What the child's standard input may be. */
export type StdinOption = StdioOption | Exclude<Source, string> | Text;

/** Any string; written so that editors still offer the words of {@link StdioOption}. */
type Text = string & Record<never, never>;

/** What the child's standard output may be. */
export type StdoutOption = StdioOption | Writable;

/** What the child's standard error may be. */
export type StderrOption = StdioOption | Writable | 'stdout';

/** What a descriptor above 2 may be; `{file}` is read unless `write` or `append` is true. */
export type ExtraOption = StdioOption | (FileTarget & { readonly write?: boolean | undefined });

/**
 * The descriptors of a child: `'pipe'` (a pipe to us), `'inherit'` (the same as ours), `'ignore'`
 * (/dev/null), `'closed'` (not open), `{file, append?}`, a FileDescriptor (closed here once the child
 * has started), a number (stays ours). The child has no others.
 */
export interface StdioOptions {
  /**
   * Its standard input, `'pipe'` by default; or what is to be fed to it and then ended: a string that
   * is none of the words above, bytes, a Readable, an AsyncIterable of strings or bytes.
   */
  readonly stdin?: StdinOption | undefined;
  /** Its standard output, `'pipe'` by default; or a Writable, ended with it unless it is our own. */
  readonly stdout?: StdoutOption | undefined;
  /** Its standard error, like `stdout`; `'stdout'` is 2>&1. */
  readonly stderr?: StderrOption | undefined;
  /** Further ones by number, 3 and above; `'pipe'` is a socket pair, two-way. */
  readonly fds?: Readonly<Record<number, ExtraOption | undefined>> | undefined;
}

/** What is to be done with the descriptors of one child. */
export interface Stdio {
  readonly descriptors: Map<number, DescriptorSource>;
  /** What we feed to its descriptor 0. */
  feed: Source | undefined;
  /** Where its descriptor 1 and 2 flow to. */
  out: Writable | undefined;
  err: Writable | undefined;
  /** Ours until it has started, then closed here. */
  handed: HandOver | undefined;
}

/** The words for a descriptor, and what they mean where they do not depend on its number. */
const pipeIn: DescriptorSource = { kind: 'pipe', direction: 'in' };
const pipeOut: DescriptorSource = { kind: 'pipe', direction: 'out' };
const socketPair: DescriptorSource = { kind: 'socketpair' };
const nothing: DescriptorSource = { kind: 'null' };
const closed: DescriptorSource = { kind: 'closed' };
const sameAsOut: DescriptorSource = { kind: 'same', of: 1 };
const inherited: readonly DescriptorSource[] = [0, 1, 2].map((fd) => ({ kind: 'descriptor', fd }));

/** The highest number that a descriptor can have by default (fs.nr_open). */
const highestDescriptor = 1_048_575;

/** What each standard descriptor is where the caller does not say. */
export type StdioDefault = 'pipe' | 'inherit' | 'ignore';

/** Checks {@link StdioOptions}. `stdin`, `others`: what is meant where nothing is said. */
export function stdioOf(options: StdioOptions, stdin: StdioDefault, others: StdioDefault): Stdio {
  const stdio: Stdio = {
    descriptors: new Map(),
    feed: undefined,
    out: undefined,
    err: undefined,
    handed: undefined,
  };
  const { descriptors } = stdio;
  descriptors.set(0, standard(stdio, 0, options.stdin === undefined ? stdin : options.stdin));
  descriptors.set(1, standard(stdio, 1, options.stdout === undefined ? others : options.stdout));
  descriptors.set(2, standard(stdio, 2, options.stderr === undefined ? others : options.stderr));
  if (descriptors.get(2) === sameAsOut && descriptors.get(1) === closed) {
    throw invalidValue('options.stderr', 'stdout', "must not be 'stdout' when that is closed");
  }
  if (options.fds !== undefined) addExtras(stdio, options.fds);
  return stdio;
}

const optionNames = ['options.stdin', 'options.stdout', 'options.stderr'] as const;

function standard(stdio: Stdio, fd: 0 | 1 | 2, value: unknown): DescriptorSource {
  if (typeof value === 'string') {
    switch (value) {
      case 'pipe':
        return fd === 0 ? pipeIn : pipeOut;
      case 'inherit':
        return inherited[fd] as DescriptorSource;
      case 'ignore':
        return nothing;
      case 'closed':
        return closed;
      default:
        if (fd === 0) return fed(stdio, value);
        if (fd === 2 && value === 'stdout') return sameAsOut;
        throw invalidValue(optionNames[fd], value, `must be ${fd === 1 ? words : errorWords}`);
    }
  }
  const name = optionNames[fd];
  const plain = common(stdio, name, value);
  if (plain !== undefined) return plain;
  if (fd === 0) {
    if (isSource(value)) return fed(stdio, value);
    if (isFileTarget(value)) return file(value, name, 'read');
  } else {
    if (value instanceof Writable) {
      if (value.destroyed || value.writableEnded) throw ended(name, value);
      if (fd === 1) stdio.out = value;
      else stdio.err = value;
      return pipeOut;
    }
    if (isFileTarget(value)) return file(value, name, 'write');
  }
  throw invalidType(name, expected[fd], value);
}

const words = "'pipe', 'inherit', 'ignore' or 'closed'";
const errorWords = "'pipe', 'inherit', 'ignore', 'closed' or 'stdout'";
const target = `one of ${words}, {file}, a FileDescriptor, a descriptor's number`;
const expected = [
  `${target}, a string, a Uint8Array, a Readable or an AsyncIterable`,
  `${target} or a Writable`,
  `${target}, 'stdout' or a Writable`,
] as const;

/** What needs no look at which descriptor it is for. */
function common(stdio: Stdio, name: string, value: unknown): DescriptorSource | undefined {
  if (typeof value === 'number') {
    return { kind: 'descriptor', fd: checkInteger(value, name, 0, highestDescriptor) };
  }
  if (!(value instanceof FileDescriptor)) return undefined;
  stdio.handed ??= new HandOver();
  return { kind: 'descriptor', fd: stdio.handed.add(value, name) };
}

function fed(stdio: Stdio, source: Source): DescriptorSource {
  if (source instanceof Readable && (source.destroyed || source.readableEnded)) {
    throw ended('options.stdin', source);
  }
  stdio.feed = source;
  return pipeIn;
}

/** Whether it is something that can be fed to a child. */
export function isSource(value: unknown): value is Source {
  return (
    typeof value === 'string' ||
    value instanceof Uint8Array ||
    value instanceof Readable ||
    (typeof value === 'object' && value !== null && Symbol.asyncIterator in value)
  );
}

function ended(name: string, stream: unknown): TypeError {
  return invalidValue(name, stream, 'must be a stream that has not ended');
}

function isFileTarget(value: unknown): value is FileTarget {
  return typeof value === 'object' && value !== null && 'file' in value;
}

function file(value: FileTarget, name: string, mode: 'read' | 'write'): DescriptorSource {
  for (const each of Object.keys(value)) {
    if (each !== 'file' && (each !== 'append' || mode === 'read')) {
      throw unknownName(`${name}.${each}`, each, ['file', 'append']);
    }
  }
  const append = checkFlag(value.append, `${name}.append`);
  return {
    kind: 'file',
    path: checkPath(value.file, `${name}.file`),
    mode: append ? 'append' : mode,
  };
}

function addExtras(stdio: Stdio, fds: unknown): void {
  if (typeof fds !== 'object' || fds === null) throw invalidType('options.fds', 'an object', fds);
  for (const [key, value] of Object.entries(fds)) {
    if (value === undefined) continue;
    const name = `options.fds.${key}`;
    const fd = checkInteger(
      /^\d+$/.test(key) ? Number(key) : Number.NaN,
      name,
      3,
      highestDescriptor,
    );
    stdio.descriptors.set(fd, extra(stdio, fd, name, value));
  }
}

function extra(stdio: Stdio, fd: number, name: string, value: unknown): DescriptorSource {
  switch (value) {
    case 'pipe':
      return socketPair;
    case 'inherit':
      return { kind: 'descriptor', fd };
    case 'ignore':
      return nothing;
    case 'closed':
      return closed;
    default:
  }
  const plain = common(stdio, name, value);
  if (plain !== undefined) return plain;
  if (!isFileTarget(value)) {
    if (typeof value === 'string') throw invalidValue(name, value, `must be ${words}`);
    throw invalidType(name, target, value);
  }
  const { write, ...plainTarget } = value as FileTarget & { write?: unknown };
  const writes = checkFlag(write, `${name}.write`) || plainTarget.append === true;
  return file(plainTarget, name, writes ? 'write' : 'read');
}

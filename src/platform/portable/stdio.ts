/**
 * The descriptors of a new process as the `stdio` array of node:child_process. Files are opened here
 * and closed again once the child has, or could not get, its own.
 */
import type { StdioOptions } from 'node:child_process';
import { closeSync, constants, fstatSync, openSync } from 'node:fs';
import { devNull } from 'node:os';

import type { DescriptorSource, SpawnRequest } from '../platform.ts';
import { failureIn, failureOf, spawnError } from './failure.ts';
import type { Refuse } from './refusal.ts';

type Entry = Exclude<StdioOptions, string>[number];

/** A `stdio` array, and what belongs to it. */
export interface Arrangement {
  readonly stdio: Entry[];
  /** The child's descriptors of which we get the other end. */
  readonly piped: readonly number[];
  /** Pipes of which other descriptors are to be a second name (2>&1), with those others. */
  readonly joined: ReadonlyMap<number, readonly number[]>;
  /** Closes the files that were opened; to be called whatever comes of it. */
  close(): void;
}

/**
 * Makes the array; opens the files.
 *
 * @throws SpawnError of the stages 'open' and 'descriptors', UnsupportedError.
 */
export function arrange(request: SpawnRequest, refuse: Refuse): Arrangement {
  const opened: number[] = [];
  const close = (): void => {
    for (const fd of opened.splice(0)) closeSync(fd);
  };
  try {
    const { descriptors } = request;
    const stdio: Entry[] = Array.from({ length: Math.max(...descriptors.keys(), 2) + 1 });
    stdio.fill('ignore');
    const piped: number[] = [];
    const joined = new Map<number, number[]>();
    for (const [number, source] of descriptors) {
      if (source.kind === 'same') continue;
      stdio[number] = entryFor(request, number, opened, refuse);
      if (stdio[number] === 'pipe') piped.push(number);
    }
    for (const [number, source] of descriptors) {
      if (source.kind !== 'same') continue;
      const origin = originOf(descriptors, number);
      const kind = descriptors.get(origin)?.kind;
      const pipe = kind === 'pipe';
      if (kind === 'socketpair' || (pipe && (origin === 0 || process.platform === 'win32'))) {
        throw refuse(`descriptor ${number} as a second name of the child's ${kind} ${origin}`);
      }
      stdio[number] = stdio[origin];
      if (pipe) joined.set(origin, [...(joined.get(origin) ?? []), number]);
    }
    return { stdio, piped, joined, close };
  } catch (error) {
    close();
    throw error;
  }
}

/** Follows 2>&1 to where it leads. */
function originOf(descriptors: ReadonlyMap<number, DescriptorSource>, number: number): number {
  let at = number;
  for (let steps = 0; steps <= descriptors.size; steps++) {
    const source = descriptors.get(at);
    if (source?.kind !== 'same') return at;
    at = source.of;
  }
  return at;
}

function entryFor(request: SpawnRequest, number: number, opened: number[], refuse: Refuse): Entry {
  const source = request.descriptors.get(number) as DescriptorSource;
  switch (source.kind) {
    case 'pipe':
      return 'pipe';
    case 'socketpair':
      // child_process makes all its pipes socket pairs, but reads none that is the child's stdin.
      if (number === 0) throw refuse('a socket pair as standard input');
      return 'pipe';
    case 'null':
      // 'ignore' is the null device for 0, 1, 2 only; above them it means: not open.
      return number <= 2 ? 'ignore' : openFor(request, devNull, constants.O_RDWR, opened);
    case 'closed':
      if (number <= 2) throw refuse(`descriptor ${number} 'closed'`);
      return 'ignore';
    case 'file':
      return openFor(request, source.path, flagsFor[source.mode], opened);
    case 'descriptor':
      checkOpen(request, source.fd);
      return source.fd;
    case 'same':
      throw new RangeError(`descriptor ${number} leads to no source`);
  }
}

const { O_APPEND, O_CREAT, O_RDONLY, O_TRUNC, O_WRONLY } = constants;

const flagsFor = {
  read: O_RDONLY,
  write: O_WRONLY | O_CREAT | O_TRUNC,
  append: O_WRONLY | O_CREAT | O_APPEND,
};

function openFor(request: SpawnRequest, path: string, flags: number, opened: number[]): number {
  try {
    // A FIFO without another side would hold the event loop for ever. child_process makes 0, 1 and 2
    // blocking again in the child; a FIFO at a higher number stays non-blocking.
    const fd = openSync(path, flags | (constants.O_NONBLOCK ?? 0), 0o666);
    opened.push(fd);
    return fd;
  } catch (error) {
    const failure = failureIn(error);
    throw failure === undefined ? error : spawnError(request.program, 'open', failure, path);
  }
}

/** A number that is not open might come to mean a descriptor that child_process opens meanwhile. */
function checkOpen(request: SpawnRequest, fd: number): void {
  try {
    fstatSync(fd);
  } catch {
    throw spawnError(request.program, 'descriptors', failureOf('EBADF', 'fcntl'));
  }
}

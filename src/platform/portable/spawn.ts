/** Starts programs with node:child_process, and gives its failures the shape of ours. */
import { spawn as spawnChild, type ChildProcess, type SpawnOptions } from 'node:child_process';
import { once } from 'node:events';
import type { Socket } from 'node:net';
import type { Duplex, Readable, Writable } from 'node:stream';
import { setTimeout as pause } from 'node:timers/promises';

import type { SpawnRequest } from '../platform.ts';
import { failureIn, spawnError } from './failure.ts';
import { jointSocket } from './joint-socket.ts';
import { checkFolder, programFile, startFailure } from './program.ts';
import type { Refuse } from './refusal.ts';
import { childOptions } from './spawn-options.ts';
import { arrange, type Arrangement } from './stdio.ts';

/** A child that has started, and our ends of its pipes by its descriptor numbers. */
export interface StartedChild {
  readonly child: ChildProcess;
  readonly pid: number;
  readonly ends: ReadonlyMap<number, Readable | Writable | Duplex>;
}

/** Starts a program. Rejects with SpawnError or UnsupportedError; nothing is left of it then. */
export async function startChild(request: SpawnRequest, refuse: Refuse): Promise<StartedChild> {
  const options = childOptions(request, refuse);
  const arranged = arrange(request, refuse);
  const ends = new Map<number, Socket>();
  const theirs: Socket[] = [];
  try {
    await joinPipes(request, arranged, ends, theirs);
    checkFolder(request);
    const file = programFile(request);
    const child = await start(request, file, { ...options, stdio: arranged.stdio });
    return { child, pid: child.pid as number, ends: takeEnds(child, arranged, ends) };
  } catch (error) {
    for (const end of ends.values()) end.destroy();
    throw error;
  } finally {
    for (const end of theirs) end.destroy();
    arranged.close();
  }
}

/** Gives one socket to all the descriptors that are to be the same (2>&1). */
async function joinPipes(
  request: SpawnRequest,
  arranged: Arrangement,
  ends: Map<number, Socket>,
  theirs: Socket[],
): Promise<void> {
  for (const [number, others] of arranged.joined) {
    const pair = await jointSocket().catch((error: unknown) => {
      const failure = failureIn(error);
      throw failure === undefined ? error : spawnError(request.program, 'pipe', failure);
    });
    ends.set(number, pair.ours);
    theirs.push(pair.theirs);
    for (const each of [number, ...others]) arranged.stdio[each] = pair.theirs;
  }
}

async function start(
  request: SpawnRequest,
  file: string,
  options: SpawnOptions,
): Promise<ChildProcess> {
  // A program that somebody still has open for writing, often a copy that is just being made, is
  // tried again for about 60 ms in all.
  for (let waitMs = 1; ; waitMs *= 2) {
    try {
      const child = spawnChild(file, request.argv.slice(1), options);
      if (child.pid !== undefined) return child;
      // Without a pid it never started: kill() on it would reach our own group.
      const [error] = (await once(child, 'error')) as [Error];
      for (const stream of child.stdio ?? []) stream?.destroy();
      throw error;
    } catch (error) {
      if (failureIn(error)?.code !== 'ETXTBSY' || waitMs > 32) {
        throw startFailure(request, file, error);
      }
    }
    await pause(waitMs);
  }
}

function takeEnds(
  child: ChildProcess,
  arranged: Arrangement,
  joined: ReadonlyMap<number, Socket>,
): StartedChild['ends'] {
  const ends = new Map<number, Readable | Writable | Duplex>(joined);
  for (const number of arranged.piped) {
    const stream = child.stdio[number];
    if (stream !== undefined && stream !== null && !ends.has(number)) ends.set(number, stream);
  }
  // At the end of a child Node reads what is left in its pipes and throws it away if nobody has begun
  // to read. Out of its sight they keep what was written, as pipes of the native platform do.
  (child.stdio as unknown as unknown[]).fill(null);
  return ends;
}

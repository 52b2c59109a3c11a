/** The blocking form, over child_process.spawnSync. */
import { spawnSync, type SpawnSyncOptions, type SpawnSyncReturns } from 'node:child_process';

import type { SpawnRequest, SyncOutcome, SyncRequest } from '../platform.ts';
import { waitStatusOf } from './child-ref.ts';
import { failureIn, refused } from './failure.ts';
import { checkFolder, programFile, startFailure } from './program.ts';
import type { Refuse } from './refusal.ts';
import { childOptions } from './spawn-options.ts';
import { arrange } from './stdio.ts';

/**
 * Runs a program to its end. Node gives up neither on a child that ignores `killSignal` nor on a
 * grandchild that keeps a pipe open, so `graceMs` and `drainMs` bound nothing here. It sends the signal
 * itself and to the child alone: `stop` is not asked.
 *
 * @throws SpawnError, UnsupportedError.
 */
export function runSync(request: SyncRequest, refuse: Refuse): SyncOutcome {
  const { spawn } = request;
  checkPossible(request, refuse);
  const options = { ...childOptions(spawn, refuse), ...bounds(request) };
  const arranged = arrange(spawn, refuse);
  try {
    if (arranged.joined.size > 0) throw refuse('2>&1 into a pipe in a blocking form');
    checkFolder(spawn);
    const file = programFile(spawn);
    const result = spawnSync(file, spawn.argv.slice(1), { ...options, stdio: arranged.stdio });
    checkStarted(spawn, file, result);
    return outcomeOf(request, arranged.piped, result);
  } finally {
    arranged.close();
  }
}

function checkPossible(request: SyncRequest, refuse: Refuse): void {
  for (const [number, source] of request.spawn.descriptors) {
    if (
      source.kind === 'socketpair' ||
      (source.kind === 'pipe' && direction(number) !== source.direction)
    ) {
      throw refuse(`descriptor ${number} as a ${source.kind} in a blocking form`);
    }
  }
  // Node takes the signals that it has names for.
  if (request.killSignal > 31) throw refuse('a real-time killSignal in a blocking form');
}

/** spawnSync feeds descriptor 0 and reads all others. */
function direction(number: number): 'in' | 'out' {
  return number === 0 ? 'in' : 'out';
}

function bounds(request: SyncRequest): SpawnSyncOptions {
  // maxBuffer of Node kills the child; ours only cuts what is kept.
  const options: SpawnSyncOptions = { maxBuffer: Infinity, killSignal: request.killSignal };
  if (request.input !== undefined) options.input = request.input;
  if (request.timeoutMs !== undefined && Number.isFinite(request.timeoutMs)) {
    // 0 is no bound for Node, and a bound that is already over for us.
    options.timeout = Math.max(1, Math.ceil(request.timeoutMs));
  }
  return options;
}

type Result = SpawnSyncReturns<string | Buffer>;

/** A child that does not read its input ends in EPIPE here; that is not a failure. */
const harmless: ReadonlySet<string> = new Set(['ETIMEDOUT', 'EPIPE', 'ECONNRESET']);

function checkStarted(request: SpawnRequest, file: string, result: Result): void {
  const { error } = result;
  if (error === undefined) return;
  if (result.pid === 0 || result.pid === undefined) throw startFailure(request, file, error);
  if (!harmless.has(failureIn(error)?.code ?? '')) throw refused(error, result.pid);
}

function outcomeOf(request: SyncRequest, piped: readonly number[], result: Result): SyncOutcome {
  const captured = new Map<number, Uint8Array>();
  const truncated: number[] = [];
  for (const number of piped) {
    const bytes = result.output?.[number];
    if (direction(number) === 'in' || bytes === null || typeof bytes === 'string') continue;
    if ((bytes?.length ?? 0) > request.maxBuffer) truncated.push(number);
    captured.set(number, bytes?.subarray(0, request.maxBuffer) ?? new Uint8Array());
  }
  return {
    pid: result.pid,
    end: { waitStatus: waitStatusOf(result.status, result.signal), usage: undefined },
    captured,
    truncated,
    timedOut: failureIn(result.error)?.code === 'ETIMEDOUT',
  };
}

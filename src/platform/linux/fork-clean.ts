/** fork(2) for a child in which only its entry runs: what JavaScript has to do before and after it. */
import { readlinkSync } from 'node:fs';

import { UnsupportedError } from '../../errors.ts';
import type { NativeAddon } from '../binding.ts';
import { mendAtFork } from '../forked.ts';
import type { CleanForkRequest, Feature, Started } from '../platform.ts';
import { spawnFailure } from '../spawn-failure.ts';
import { translate } from '../translate.ts';
import { inabilityInWords, refusalOf } from './fork-refusal.ts';
import { forkFeature, prepare, renew, tick } from './fork.ts';
import { endWhenDone } from './natural-end.ts';
import { forgetConnections, lookForConnections } from './parents-connections.ts';
import { forgetListeners } from './parents-listeners.ts';
import { noStreams, renewStandardStreams, type ParentsStreams } from './parents-streams.ts';
import { forgetTimers, pendingTimers } from './parents-timers.ts';
import { randomCaches } from './random-caches.ts';
import { nativeProgram } from './request.ts';
import type { Starts } from './starts.ts';

/** Whether this program can fork a child in which only its entry runs. */
export function cleanForkFeature(addon: NativeAddon): Feature {
  const fork = forkFeature(addon);
  if (!fork.available) return fork;
  const reason = addon.forkAbility()[1];
  if (reason !== '') return { available: false, reason: inabilityInWords(reason) };
  if (pendingTimers() === undefined) {
    return {
      available: false,
      reason: 'the lists of timers of this Node cannot be reached (by node:inspector)',
    };
  }
  return fork;
}

/** Binds it to the addon. */
export function createForkClean(
  addon: NativeAddon,
  starts: Starts,
): (request: CleanForkRequest) => Promise<Started> {
  let feature: Feature | undefined;
  return (request) => {
    feature ??= cleanForkFeature(addon);
    if (!feature.available) {
      return Promise.reject(new UnsupportedError(`cannot fork: ${feature.reason}`));
    }
    return starts.kept(request.spawn, (keeper) => start(addon, starts, request, keeper));
  };
}

function start(
  addon: NativeAddon,
  starts: Starts,
  request: CleanForkRequest,
  keeper: number | undefined,
): Promise<Started> {
  const { spawn, settleMs, keep } = request;
  const caches = randomCaches();
  prepare(addon);
  lookForConnections();
  // The environment is set by JavaScript, which has to know it.
  const program = nativeProgram({ ...spawn, env: [] }, keeper);
  return new Promise((resolve, reject) => {
    addon.forkClean(
      tick,
      settleMs,
      caches,
      keep,
      spawn.cleanup,
      (...outcome) => {
        switch (outcome[0]) {
          case 0:
            begin(addon, request, caches, { silenced: outcome[1], idle: outcome[2] });
            return;
          case 1:
            mend(addon, caches, noStreams, undefined);
            resolve(starts.born(outcome[1], outcome[2], outcome[3], spawn));
            return;
          case 2:
            reject(refusalOf([outcome[1], outcome[2]], settleMs));
            return;
          case 3:
            reject(
              'stage' in outcome[1]
                ? spawnFailure(spawn.program, outcome[1])
                : translate(outcome[1]),
            );
        }
      },
      ...program,
    );
  });
}

/** The first thing that runs in the child. */
function begin(
  addon: NativeAddon,
  { spawn, entry, last }: CleanForkRequest,
  caches: readonly Uint8Array[],
  standard: ParentsStreams,
): void {
  mend(addon, caches, standard, last);
  if (spawn.cwd !== undefined) renewWorkingDirectory();
  if (spawn.env !== undefined) setEnvironment(spawn.env);
  entry();
}

/** Called on both sides, see platform/forked.ts; `last` only in the child. */
function mend(
  addon: NativeAddon,
  caches: readonly Uint8Array[],
  standard: ParentsStreams,
  last: (() => void) | undefined,
): void {
  const inChild = last !== undefined;
  renew(addon, caches, inChild);
  endWhenDone(addon, last);
  forgetTimers(inChild);
  forgetListeners(inChild);
  forgetConnections(inChild);
  renewStandardStreams(standard, inChild);
  mendAtFork(inChild, true);
}

/** Node remembers it, until it changes it itself. */
function renewWorkingDirectory(): void {
  try {
    process.chdir('.');
  } catch {
    // Another user, who may be there but not go there.
    process.cwd = () => readlinkSync('/proc/self/cwd');
  }
}

/** What is set in process.env is handed on to programs that the child starts. */
function setEnvironment(entries: readonly string[]): void {
  const wanted = new Map(
    entries.map((entry) => {
      const at = entry.indexOf('=', 1);
      return [entry.slice(0, at), entry.slice(at + 1)];
    }),
  );
  for (const name of Object.keys(process.env)) {
    if (!wanted.has(name)) Reflect.deleteProperty(process.env, name);
  }
  for (const [name, value] of wanted) {
    if (process.env[name] !== value) process.env[name] = value;
  }
}

/** fork(2) over the addon: what JavaScript has to do before and after it. */
import { isMainThread } from 'node:worker_threads';

import { UnsupportedError } from '../../errors.ts';
import type { NativeAddon } from '../binding.ts';
import { mendAtFork } from '../forked.ts';
import type { Feature, ForkRequest, ProcessRef } from '../platform.ts';
import { translated } from '../translate.ts';
import { inabilityInWords, refusalOf, type RawRefusal } from './fork-refusal.ts';
import { keepExitCode, renewMathRandom, renewPid } from './forked-node.ts';
import type { Processes } from './processes.ts';
import { exhaustRandomCaches, randomCaches } from './random-caches.ts';

/** Something for the main thread to do at which it can be interrupted for a garbage collection. */
export function tick(): void {
  for (let i = 0; i < 50; i++);
}

/** io_uring of libuv 1.46, in Node 20, does not survive a fork; it is off there unless asked for. */
function usesOldIoUring(): boolean {
  return process.version.startsWith('v20.') && Number(process.env['UV_USE_IO_URING'] ?? 0) !== 0;
}

function no(reason: string): Feature {
  return { available: false, reason };
}

/** Whether this program can fork at all; what it is doing at the moment may still forbid it. */
export function forkFeature(addon: NativeAddon): Feature {
  if (!isMainThread) return no('this is a worker thread; the main thread can fork');
  if (usesOldIoUring()) return no('UV_USE_IO_URING is set, which Node 20 cannot fork with');
  const [reason] = addon.forkAbility();
  if (reason !== '') return no(inabilityInWords(reason));
  return { available: true, reason: `fork(2) in Node ${process.versions.node}` };
}

/** Whether a fork server can be had: a Node as this one, which forks children that are this program's. */
export function forkServerFeature(addon: NativeAddon): Feature {
  const fork = forkFeature(addon);
  if (!fork.available) return fork;
  return { available: true, reason: `clone(CLONE_PARENT) in a Node ${process.versions.node}` };
}

/** Binds fork(2) to the addon: the child's reference in the parent, undefined in the child. */
export function createFork(
  addon: NativeAddon,
  processes: Processes,
): (request: ForkRequest) => ProcessRef | undefined {
  let feature: Feature | undefined;
  return ({ settleMs }) => {
    feature ??= forkFeature(addon);
    if (!feature.available) throw new UnsupportedError(`cannot fork: ${feature.reason}`);
    const caches = randomCaches();
    prepare(addon);
    const forked = translated(() => addon.fork(tick, settleMs, caches));
    if (forked !== null && typeof forked[0] === 'string') {
      throw refusalOf(forked as RawRefusal, settleMs);
    }
    const inChild = forked === null;
    renew(addon, caches, inChild);
    mendAtFork(inChild);
    return forked === null ? undefined : processes.born(forked[0] as number, forked[1] as number);
  };
}

let renewRandom: ((inChild: boolean) => void) | undefined;

/** What has to be done before the first fork. */
export function prepare(addon: NativeAddon): void {
  renewRandom ??= addon.forkAbility()[2] ? reseeded : renewMathRandom();
}

/** What is mended of Node itself, on both sides: see platform/forked.ts. */
export function renew(addon: NativeAddon, caches: readonly Uint8Array[], inChild: boolean): void {
  renewPid(addon.pid());
  keepExitCode(inChild, () => addon.endDoze());
  if (inChild && caches.length === 0) exhaustRandomCaches();
  renewRandom?.(inChild);
}

/** Math.random, where the addon has given V8 another seed. */
function reseeded(): void {}

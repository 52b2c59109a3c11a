/** What a child of the fork server is given: worked out and opened here, sent to it, and let go of. */
import { resolve } from 'node:path';

import { outOfRange } from '../../errors.ts';
import type { NativeAddon, NativeSpawnFailure } from '../binding.ts';
import type { DescriptorSource, NewProcessAttributes, SpawnRequest } from '../platform.ts';
import { spawnFailure } from '../spawn-failure.ts';
import { nativeProgram } from './request.ts';
import { channelOfServer, framed, type SetUp } from './server-words.ts';

/** SIGKILL: nothing of a program that died is left, unless it was asked to be. */
const killed = 9;

const nothing: DescriptorSource = { kind: 'null' };

/** The descriptors and the message for one child. close() it when that is through, whatever came of it. */
export class Outfit {
  readonly message: Buffer;
  /** What travels with the message. */
  readonly descriptors: readonly number[];
  /** Our ends of pipes and socket pairs: pairs of the child's number and ours. */
  readonly ends: readonly number[];
  readonly #addon: NativeAddon;
  readonly #made: readonly number[];

  /**
   * @throws SpawnError when a file cannot be opened or a pipe made; RangeError for a descriptor that a
   * child of the server cannot have.
   */
  constructor(
    addon: NativeAddon,
    request: SpawnRequest,
    { keeper, serves = false }: { readonly keeper?: number | undefined; readonly serves?: boolean },
  ) {
    this.#addon = addon;
    const descriptors = new Map<number, DescriptorSource>();
    for (const [target, source] of request.descriptors) {
      if (target >= channelOfServer) {
        throw outOfRange(
          `options.fds.${target}`,
          'a descriptor below 64 for a fork server',
          target,
        );
      }
      // Node itself opens the null device where one of the first three is closed.
      if (source.kind !== 'closed') descriptors.set(target, source);
      else if (target <= 2) descriptors.set(target, nothing);
    }
    const attributes = attributesOf(request, addon.getProcessGroup());
    const program = nativeProgram({ ...request, descriptors, attributes });
    let prepared: ReturnType<NativeAddon['prepare']>;
    try {
      prepared = addon.prepare(...program);
    } catch (error) {
      throw spawnFailure(request.program, error as NativeSpawnFailure);
    }
    this.#made = prepared.made;
    this.ends = prepared.ends;
    const sent = new Places();
    const pairs: number[] = [];
    for (let at = 0; at < prepared.sources.length; at += 2) {
      pairs.push(prepared.sources[at]!, sent.placeOf(prepared.sources[at + 1]!));
    }
    const setUp: SetUp = {
      parent: process.pid,
      cwd: resolve(request.cwd ?? ''),
      env: request.env ?? ownEntries(),
      descriptors: pairs,
      attributes: { ...program[6], ...(keeper !== undefined && { keeper: sent.placeOf(keeper) }) },
      ...(serves && { serves }),
    };
    this.message = framed(setUp);
    this.descriptors = sent.all;
  }

  /** Closes what was opened for the child alone. */
  close(): void {
    for (const fd of this.#made) this.#addon.close(fd);
  }

  /** There is no child: our ends lead nowhere. */
  closeEnds(): void {
    for (let at = 1; at < this.ends.length; at += 2) this.#addon.close(this.ends[at]!);
  }
}

/** Descriptors that are sent, each once. */
class Places {
  readonly all: number[] = [];

  placeOf(fd: number): number {
    const place = this.all.indexOf(fd);
    return place < 0 ? this.all.push(fd) - 1 : place;
  }
}

/** What a forked child of ours would have without being told: the server started with what was then. */
function attributesOf(request: SpawnRequest, ownGroup: number): NewProcessAttributes {
  const { umask, processGroup, deathSignal, session, ...others } = request.attributes ?? {};
  return {
    ...others,
    session,
    umask: umask ?? process.umask(),
    processGroup: processGroup ?? (session === true ? undefined : ownGroup),
    deathSignal: deathSignal ?? (request.cleanup ? killed : undefined),
  };
}

function ownEntries(): string[] {
  return Object.entries(process.env).map(([name, value]) => `${name}=${value}`);
}

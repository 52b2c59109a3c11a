/** What the addon has for forks: a part of the table of binding.ts. */
import type { NativeProgram, NativeSpawnFailure } from './binding.ts';

/** How a forkClean went; `ends` are flat pairs as for started(). */
type NativeForkOutcome =
  | [begin: 0, silenced: number[], idle: number[]]
  | [started: 1, id: number, pid: number, ends: number[]]
  | [refused: 2, code: string, detail: string]
  | [failed: 3, failure: NativeSpawnFailure];

/** By the file of native/ that has it. */
export interface NativeForks {
  // fork.cc
  /**
   * [id, pid] in the parent, null in the child; [code, detail] where it was refused. `tick` is called
   * while threads come to rest; the `caches` are filled anew with random bytes in the child.
   */
  fork(
    tick: () => void,
    settleMs: number,
    caches: readonly Uint8Array[],
  ): [id: number, pid: number] | [code: string, detail: string] | null;
  // fork_clean.cc
  /**
   * Forks between two turns of the loop, and tells how it went: in the child the first thing that it
   * hears is `begin`, with those of 0, 1 and 2 over which the parent had a stream: that leads nowhere now,
   * or had nothing to write and goes on. `kept` are descriptors.
   */
  forkClean(
    tick: () => void,
    settleMs: number,
    caches: readonly Uint8Array[],
    kept: readonly number[],
    cleanup: boolean,
    tell: (...outcome: NativeForkOutcome) => void,
    ...program: NativeProgram
  ): void;
  // natural_end.cc
  /** Calls back after another turn of the loop, if that has nothing left to do by then. */
  whenDone(callback: () => void): void;
  // fork.cc
  /** Why no fork can be had, or ''; why no clean one, or ''; and whether Math.random is mended in the child. */
  forkAbility(): [reason: string, cleanReason: string, random: boolean];
  /** getpid(2), past Node. */
  pid(): number;
}

/** What the addon has for forks: a part of the table of binding.ts. */
import type { NativeProgram, NativeSpawnFailure } from './native-program.ts';

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
  /** In a parent: V8's threads doze no longer. */
  endDoze(): void;
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
  // fork_server.cc
  /**
   * Serves forks to the program at the other end of the socket. Returns in each child, with the descriptor
   * that leads to the program; [code, detail] where it was refused. Never returns in the server.
   */
  serveForks(
    socket: number,
    tick: () => void,
    settleMs: number,
    caches: readonly Uint8Array[],
  ): number | [code: string, detail: string];
  // become.cc
  /** Blocks until the set-up has come; undefined: nobody will send it. */
  awaitSetUp(control: number): { data: Uint8Array; descriptors: number[] } | undefined;
  /**
   * Makes this process what was asked for; closes `received`, and what keeps `room` below 64 for
   * descriptors that it is given. `parent`: whom a death signal is about. Throws a NativeSpawnFailure.
   */
  become(
    parent: number,
    received: readonly number[],
    room: boolean,
    ...program: NativeProgram
  ): void;
  // prepare.cc
  /** What spawn() does before the clone. Pairs of the child's number and a descriptor of ours. */
  prepare(...program: NativeProgram): { sources: number[]; made: number[]; ends: number[] };
  // open_handles.cc
  /** What of the event loop would be shared by a fork, each in words. */
  openHandles(): string[];
  // natural_end.cc
  /** Calls back after another turn of the loop, if that has nothing left to do by then. */
  whenDone(callback: () => void): void;
  // fork.cc
  /** Why no fork can be had, or ''; why no clean one, or ''; and whether Math.random is mended in the child. */
  forkAbility(): [reason: string, cleanReason: string, random: boolean];
  /** getpid(2), past Node. */
  pid(): number;
}

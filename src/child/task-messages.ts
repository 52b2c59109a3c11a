import type { CodedThrow } from '../channel/error-codec.ts';
/** What a task and its parent say to each other over a wire. */
import type { Lane } from '../channel/lane.ts';

/** The kinds of messages. */
export const kinds = {
  /** To the child, first: what it is to do ({@link Job}). */
  job: 1,
  /** To the child: the next item of a stream is asked for ({@link Request}). */
  request: 2,
  /** From the child: what the function returned. */
  result: 3,
  /** From the child: what came between ({@link Failure}). */
  failure: 4,
  /** From the child: the function returned a generator; its items are to be asked for. */
  stream: 5,
  /** From the child: what a generator answered, an IteratorResult. */
  item: 6,
  /** From the child: an error that nobody caught; it is about to die of it. */
  uncaught: 7,
} as const;

/** The kinds of the channel that user code on both sides has. */
export const userLane: Lane = { message: 8, credit: 9, request: 10, reply: 11, cancel: 12 };

/** Where the function comes from. */
export type Target =
  | { readonly from: 'module'; readonly url: string; readonly name: string }
  /** `file` is where relative imports start from: a file: URL. */
  | {
      readonly from: 'source';
      readonly source: string;
      readonly name: string;
      readonly file: string;
    };

/** What a task goes by, whatever its function is. */
export interface TaskFlags {
  /** What the function leaves open keeps the child alive, as in any program. */
  readonly linger: boolean;
  /** It goes on when its parent is gone. */
  readonly survives: boolean;
}

/** What a child is to do. */
export interface Job extends TaskFlags {
  readonly target: Target;
  readonly args: readonly unknown[];
}

/** What is asked of a generator. */
export type Request =
  | { readonly how: 'next' | 'return'; readonly value: unknown }
  | { readonly how: 'throw'; readonly thrown: CodedThrow };

/**
 * At which step a task failed: `load`: no such module or export; `run`: the function threw; `clone`:
 * what it returned, threw or yielded cannot be cloned; `stalled`: it waits for what can never come.
 */
export type FailureStage = 'load' | 'run' | 'clone' | 'stalled';

/** How a task failed. */
export interface Failure {
  readonly stage: FailureStage;
  /** The words for it; the message of an error in other cases. */
  readonly words: string;
  readonly thrown: CodedThrow | undefined;
}

/** What a worker of a pool and the program say to each other over a wire. */
import type { CodedThrow } from '../channel/error-codec.ts';
import type { FailureStage } from './task-messages.ts';

/** The kinds of messages, beside those of a task. */
export const workerKinds = {
  /** To the worker, first: what it is for ({@link Duty}). One that was forked from its template knows. */
  duty: 32,
  /** From the worker: it can be called. */
  ready: 33,
  /** From the worker: it never will be ({@link CallFailure}, without a call), and is about to end. */
  unfit: 34,
  /** To the worker: {@link Call}. */
  call: 35,
  /** From the worker: {@link Answer}. */
  answer: 36,
  /** From the worker: {@link CallFailure}. */
  failure: 37,
  /** From the worker: an error that nobody caught ({@link LastWords}); it is about to die of it. */
  uncaught: 38,
  /**
   * From the worker: it wants to be replaced once it has answered, for an error that a task left behind
   * ({@link CodedThrow}), or because it holds more memory than it may (undefined).
   */
  retire: 39,
  /** To the worker: end, once what it does is done. */
  leave: 40,
} as const;

/** What a worker is for. */
export interface Duty {
  /** The module whose exports are called. */
  readonly module: string;
  /** The export that is called once before everything else, with its arguments. */
  readonly initializer: readonly [name: string, ...args: unknown[]] | undefined;
  /** The resident bytes above which it wants to be replaced. */
  readonly maxMemory: number | undefined;
}

/** A call: flat, so that a large buffer among the arguments is found without a search. */
export type Call = readonly [id: number, name: string, ...args: unknown[]];

/** What came of a call. */
export type Answer = readonly [id: number, value: unknown];

/** What a worker dies of. `running`: the call that it is in the middle of. */
export type LastWords = readonly [running: number | undefined, thrown: CodedThrow | undefined];

/** What else came of one. */
export interface CallFailure {
  readonly id: number;
  readonly stage: FailureStage;
  readonly words: string;
  readonly thrown: CodedThrow | undefined;
}

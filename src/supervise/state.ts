/** The states of one child, and from which it may go to which. */
import { ProcessError } from '../errors.ts';

/**
 * `idle`: not started yet. `starting`: it runs, and is not ready. `ready`. `waiting`: for the pause
 * before its restart. `stopping`, `stopped`: because that was asked for. `finished`, `failed`: it
 * ended, and is not started again.
 */
export type ChildState =
  | 'idle'
  | 'starting'
  | 'ready'
  | 'waiting'
  | 'stopping'
  | 'stopped'
  | 'finished'
  | 'failed';

/** From each state, those that may come next. */
export const transitions: Readonly<Record<ChildState, readonly ChildState[]>> = {
  idle: ['starting', 'stopped'],
  starting: ['ready', 'waiting', 'stopping', 'finished', 'failed'],
  ready: ['waiting', 'stopping', 'finished', 'failed'],
  waiting: ['starting', 'stopped', 'failed'],
  stopping: ['stopped'],
  stopped: ['starting'],
  finished: ['starting', 'stopped'],
  failed: ['starting', 'stopped'],
};

/** Where a child is. */
export class ChildStateMachine {
  #state: ChildState = 'idle';

  get state(): ChildState {
    return this.#state;
  }

  /** Whether a process of it may be there. */
  get isLive(): boolean {
    return this.#state === 'starting' || this.#state === 'ready' || this.#state === 'stopping';
  }

  /** Whether it ended for good, by itself. */
  get isOver(): boolean {
    return this.#state === 'finished' || this.#state === 'failed';
  }

  /** Goes on to another state; what is not in the table is a mistake of ours, and told at once. */
  move(to: ChildState): void {
    if (to === this.#state) return;
    if (!transitions[this.#state].includes(to)) {
      throw new ProcessError(`a child that is ${this.#state} cannot come to be ${to}`, {
        code: 'ERR_INVALID_STATE',
      });
    }
    this.#state = to;
  }
}

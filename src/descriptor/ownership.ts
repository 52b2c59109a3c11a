/**
 * Who closes a descriptor. Each number has one owner at a time: the FileDescriptor that was made for
 * it, then perhaps a stream or a child. What has passed on cannot be used here any more, because the
 * number may by then stand for something else.
 */
import { ProcessError, invalidValue } from '../errors.ts';
import { platform } from '../platform/select.ts';

/** Which way bytes go, where it is known; undefined: both, or not known. */
export type Direction = 'read' | 'write' | undefined;

/**
 * `promised`: a child is being started with it. It is still ours, in case that fails, but it must
 * stay open until we know.
 */
type State = 'open' | 'promised' | 'closed' | 'a child' | 'a stream';

/** The state of one FileDescriptor. It outlives it, so that what was dropped can be closed. */
export class Ownership {
  readonly #fd: number;
  readonly direction: Direction;
  #state: State = 'open';
  #closeWhenKept = false;
  readonly #waits = new Set<(reason: Error) => void>();

  constructor(fd: number, direction: Direction) {
    this.#fd = fd;
    this.direction = direction;
  }

  /** Whether it is not ours any more. */
  get isOver(): boolean {
    return this.#closeWhenKept || (this.#state !== 'open' && this.#state !== 'promised');
  }

  /** Whether it is ours, and not being given to a child. */
  get canBeGiven(): boolean {
    return !this.isOver && this.#state !== 'promised';
  }

  /** The number; throws a ProcessError (EBADF) that says where the descriptor has gone. */
  number(): number {
    if (this.isOver) throw this.#gone();
    return this.#fd;
  }

  /** The number, for an argument; throws `ERR_INVALID_ARG_VALUE` if it is not ours to give. */
  given(argument: string): number {
    if (!this.canBeGiven) {
      throw invalidValue(argument, this.#fd, `must be ours to give, but ${this.#fate()}`);
    }
    return this.#fd;
  }

  /** Closes it, once; what is promised to a child is closed when we know whether it started. */
  close(): void {
    if (this.#state === 'open') this.#closeAs('closed');
    if (this.#state !== 'promised') return;
    this.#closeWhenKept = true;
    this.#endWaits();
  }

  /** Makes the stream that `make` returns the owner. If that throws, it stays ours. */
  toStream<T>(make: (fd: number) => T): T {
    const fd = this.number();
    if (this.#state === 'promised') throw this.#gone();
    const stream = make(fd);
    this.#state = 'a stream';
    this.#endWaits();
    return stream;
  }

  /** A child is about to be started with it. */
  promise(): void {
    this.#state = 'promised';
  }

  /** The child has it: our copy is closed. */
  passOn(): void {
    if (this.#state !== 'promised') return;
    try {
      this.#closeAs(this.#closeWhenKept ? 'closed' : 'a child');
    } catch {
      // Closed behind our back while the child started: it has it, and that is what was asked for.
    }
  }

  /** The child did not start: it is ours again. */
  keep(): void {
    if (this.#state !== 'promised') return;
    this.#state = 'open';
    if (this.#closeWhenKept) this.close();
  }

  /** Calls `abort` if the descriptor goes while something waits for it; returns what ends that. */
  whileOurs(abort: (reason: Error) => void): () => void {
    this.#waits.add(abort);
    return () => void this.#waits.delete(abort);
  }

  #closeAs(state: State): void {
    // First the state: close(2) frees the number also where it fails.
    this.#state = state;
    this.#endWaits();
    platform().descriptors.close(this.#fd);
  }

  #endWaits(): void {
    for (const abort of this.#waits) abort(this.#gone());
    this.#waits.clear();
  }

  #fate(): string {
    if (this.#closeWhenKept || this.#state === 'closed') return 'was closed';
    if (this.#state === 'promised') return 'is being given to a child';
    return `was given to ${this.#state}`;
  }

  #gone(): ProcessError {
    return new ProcessError(`descriptor ${this.#fd} cannot be used: it ${this.#fate()}`, {
      code: 'EBADF',
    });
  }
}

/**
 * What a process in hand consists of: the platform's reference, the status once it is known, who waits
 * for it, and whether that keeps the event loop alive. Everything is made when it is first needed: an
 * idle handle is this object and nothing else.
 */
import type { End, ProcessRef } from '../platform/platform.ts';
import { platform } from '../platform/select.ts';
import { exitStatus, type ExitStatus } from '../status/exit-status.ts';
import { bind } from './members.ts';
import { EndedRef } from './self-ref.ts';
import { whenOver, type Bound } from './time.ts';

/** The longest time given to the platform in one piece: what fits an int of milliseconds. */
const longest = 0x3fff_ffff;

const unobserved: End = { waitStatus: undefined, usage: undefined };

type Callback = (status: ExitStatus) => void;

/** The inside of a `Process`. */
export class Handle {
  #ref: ProcessRef;
  /** When the process started: how it is found again after the handle gave back its descriptor. */
  #releasedStart: number | undefined;
  /** Somebody waits for it: waitAny() is not told of its end later on. */
  awaited = false;
  /** Somebody was given its status by a wait: waitAny() does not tell of it once more. */
  collected = false;
  /** Stopped when this program ends. */
  cleanup = false;
  /** Was let go: it lives on, whatever becomes of the handle. */
  detached = false;
  #status: ExitStatus | undefined;
  #promise: Promise<ExitStatus> | undefined;
  #callbacks: Set<Callback> | undefined;
  /** Keeps the loop alive until it ended, by merely existing. */
  #keeps = false;
  /** The waits that keep the loop alive. */
  #waits = 0;
  /** Counts the calls of unref(): a wait from before one no longer keeps the loop alive. */
  #generation = 0;

  constructor(ref: ProcessRef) {
    this.#ref = ref;
  }

  get pid(): number {
    return this.#ref.pid;
  }

  get ref(): ProcessRef {
    const startTime = this.#releasedStart;
    if (startTime !== undefined) {
      this.#ref = bind({ pid: this.pid, startTime }) ?? new EndedRef(this.pid, unobserved);
      this.#releasedStart = undefined;
    }
    return this.#ref;
  }

  /**
   * Gives back what is held for a process that is no child of ours, until something is asked again.
   * With a wait in flight, the end of the process does so.
   */
  release(): void {
    if (this.#ref.release === undefined || this.#ref.owned) return;
    if (this.#callbacks !== undefined || this.#releasedStart !== undefined) return;
    const startTime = platform().row(this.pid)?.startTime;
    // Asked after the row: while it has not ended, the row of its pid is its own.
    if (startTime === undefined || this.status() !== undefined) return;
    this.#ref.release();
    this.#releasedStart = startTime;
  }

  /** Looks whether it has ended. */
  status(): ExitStatus | undefined {
    if (this.#status === undefined) {
      const end = this.ref.end();
      if (end !== undefined) this.#learn(end);
    }
    return this.#status;
  }

  /** Calls back when it has ended, without keeping the loop alive. Returns what cancels it. */
  whenEnded(callback: Callback): () => void {
    let callbacks = this.#callbacks;
    if (callbacks === undefined) {
      callbacks = this.#callbacks = new Set();
      this.ref.onEnd((end) => this.#ended(end));
    }
    callbacks.add(callback);
    return () => callbacks.delete(callback);
  }

  /** One promise for all who wait without a bound. */
  wait(): Promise<ExitStatus> {
    this.awaited = true;
    const known = this.status();
    if (known !== undefined) {
      this.collected = true;
      return (this.#promise ??= Promise.resolve(known));
    }
    this.#hold();
    return (this.#promise ??= new Promise((resolve) => this.whenEnded(resolve)));
  }

  /** Like wait(), until the bound is over: undefined then. */
  waitWithin(bound: Bound): Promise<ExitStatus | undefined> {
    const known = this.status();
    if (known !== undefined) {
      this.collected = true;
      return Promise.resolve(known);
    }
    if (bound.signal?.aborted === true || bound.remaining() === 0)
      return Promise.resolve(undefined);
    this.#hold();
    const generation = this.#generation;
    return new Promise((resolve) => {
      const forget = this.whenEnded((status) => {
        cancel();
        this.collected = true;
        resolve(status);
      });
      const cancel = whenOver(
        bound,
        () => {
          forget();
          if (generation === this.#generation) this.#release();
          resolve(this.status());
        },
        { inChild: !this.ref.owned },
      );
    });
  }

  /** Blocks the thread until it ended or the bound is over. */
  waitSync(bound: Bound | undefined): ExitStatus | undefined {
    while (this.status() === undefined) {
      if (bound?.signal?.aborted === true) return undefined;
      const remaining = bound === undefined ? Infinity : bound.remaining();
      const end = this.ref.waitSync(
        remaining === Infinity && bound?.signal === undefined
          ? undefined
          : Math.min(longest, Math.ceil(remaining)),
      );
      if (end !== undefined) this.#learn(end);
      else if (remaining === 0) return undefined;
    }
    this.collected = true;
    return this.#status;
  }

  /** Keeps the loop alive until it ended. */
  keep(): void {
    if (this.#keeps || this.#status !== undefined) return;
    this.#keeps = true;
    if (this.#waits === 0) this.ref.ref();
    // Whoever keeps the loop alive has to hear of the end, or it would live forever.
    if (this.#callbacks === undefined) this.whenEnded(() => {});
  }

  /** Neither it nor the waits so far keep the loop alive any more. */
  letGo(): void {
    const held = this.#keeps || this.#waits > 0;
    this.#keeps = false;
    this.#waits = 0;
    this.#generation++;
    if (held) this.ref.unref();
  }

  /** In a forked child: it is the parent's, and so are the waits so far. */
  disown(): void {
    this.cleanup = false;
    this.detached = true;
    this.#keeps = false;
    this.#waits = 0;
    this.#generation++;
    this.#promise = undefined;
    this.#callbacks = undefined;
  }

  #hold(): void {
    this.#waits++;
    if (this.#waits === 1 && !this.#keeps) this.ref.ref();
  }

  #release(): void {
    this.#waits--;
    if (this.#waits === 0 && !this.#keeps) this.ref.unref();
  }

  #learn(end: End): void {
    this.#status ??= exitStatus(end);
  }

  #ended(end: End): void {
    this.#learn(end);
    const status = this.#status as ExitStatus;
    const callbacks = this.#callbacks;
    this.#callbacks = undefined;
    this.letGo();
    for (const callback of callbacks ?? []) callback(status);
  }
}

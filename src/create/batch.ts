/**
 * Programs that were started for one result: fed, watched, stopped together when their time is over,
 * and waited for with all their output. run() has one of them, pipeline() several.
 */
import type { Readable, Writable } from 'node:stream';

import type { Started } from '../platform/platform.ts';
import { platform } from '../platform/select.ts';
import { childOf, type Child } from '../process/child.ts';
import { stopProcess } from '../process/process.ts';
import { whenOver, type Bound } from '../process/time.ts';
import type { ExitStatus } from '../status/exit-status.ts';
import { Capture, Interleaved } from './capture.ts';
import { Drain, type Outlet } from './drain.ts';
import { feed } from './feed.ts';
import { flow } from './outflow.ts';
import type { Keep } from './run-options.ts';
import type { SpawnPlan, Stop } from './spawn-options.ts';

const noEnds: Started['ends'] = new Map();

/** A started program of a batch, and what is kept of its output. */
interface Member {
  readonly plan: SpawnPlan;
  readonly child: Child;
  readonly out: Capture;
  readonly err: Capture;
}

/** A program of a batch that has ended. */
export interface Ended extends Member {
  readonly status: ExitStatus;
}

/** How a batch ended. */
export interface BatchEnd {
  /** In the order in which they were added. */
  readonly members: readonly Ended[];
  readonly timedOut: boolean;
  readonly aborted: boolean;
  readonly killed: boolean;
}

/** Started programs with one end. */
export class Batch {
  readonly #members: Member[] = [];
  /** Everything that was kept, as it came; and of a joint batch standard error alone. */
  readonly all: Interleaved = new Interleaved();
  readonly errors: Interleaved = new Interleaved();
  readonly #keep: Keep;
  readonly #joint: boolean;
  readonly #stop: Stop;
  readonly #outlets: Outlet[] = [];
  readonly #flows: Promise<unknown>[] = [];
  readonly #feeding: Writable[] = [];
  #failure: { readonly error: unknown } | undefined;
  #cause: 'time' | 'abort' | undefined;
  #killed = false;
  #giveUp: () => void = () => {};

  /** `joint`: standard error of the members is kept as one, too. */
  constructor(keep: Keep, how: Stop, joint = false) {
    this.#joint = joint;
    this.#keep = keep;
    this.#stop = how;
  }

  /** Takes a program that has started; from now on its output flows. */
  add(plan: SpawnPlan, started: Started): void {
    const { maxBuffer } = this.#keep;
    const member: Member = {
      plan,
      // Its ends are ours alone.
      child: childOf({ ref: started.ref, ends: noEnds }, plan.request.cleanup),
      out: new Capture(maxBuffer),
      err: new Capture(maxBuffer),
    };
    this.#members.push(member);
    for (const [fd, stream] of started.ends) {
      if (fd === 0) this.#feed(plan, stream as Writable);
      else this.#take(fd === 1 ? plan.stdio.out : plan.stdio.err, stream as Readable, member, fd);
    }
  }

  /**
   * Resolves when all have ended and their output is complete (as far as `drain` goes). Rejects with
   * what a source of input or a Writable failed with; the programs are stopped then.
   */
  async end(bound: Bound | undefined): Promise<BatchEnd> {
    const drain = new Drain(this.#outlets, this.#keep.drainMs);
    const cancel = bound && whenOver(bound, () => this.#over(bound, drain));
    const members = await Promise.all(
      this.#members.map(async (member) => ({ ...member, status: await member.child.wait() })),
    );
    drain.exited();
    await drain.done;
    // Nobody reads what is not taken by now, and a source that says nothing must not hold us up.
    for (const stdin of this.#feeding) stdin.destroy();
    if (this.#flows.length > 0) {
      // A Writable that never finishes is bounded like everything else.
      const given = new Promise<void>((resolve) => (this.#giveUp = resolve));
      await Promise.race([Promise.all(this.#flows), given]);
    }
    cancel?.();
    if (this.#failure !== undefined) throw this.#failure.error;
    return {
      members,
      timedOut: this.#cause === 'time',
      aborted: this.#cause === 'abort',
      killed: this.#killed,
    };
  }

  /** Stops all members that run, with everything they started. */
  stop(): void {
    const { signalNumber, graceMs } = this.#stop;
    for (const { child } of this.#members) {
      if (!child.isAlive()) continue;
      this.#killed = true;
      // What may not be signalled (it changed its user) is waited for like any other.
      stopProcess(child, { signalNumber, graceMs, tree: true }).catch(() => {});
    }
  }

  #over(bound: Bound, drain: Drain): void {
    this.#cause = bound.signal?.aborted === true ? 'abort' : 'time';
    this.stop();
    // If all have ended, only a grandchild holds the output: that is over as well.
    if (!this.#killed) drain.giveUp();
    this.#giveUp();
  }

  #feed(plan: SpawnPlan, stdin: Writable): void {
    const source = plan.stdio.feed;
    if (source === undefined) {
      stdin.on('error', () => {});
      stdin.end();
      return;
    }
    this.#feeding.push(stdin);
    this.#flows.push(feed(source, stdin).catch(this.#fail));
  }

  #take(to: Writable | undefined, stream: Readable, member: Member, fd: number): void {
    stream.on('error', () => stream.destroy());
    if (to !== undefined) {
      const { done, held } = flow(stream, to);
      this.#outlets.push({ stream, held });
      this.#flows.push(done.catch(this.#fail));
      return;
    }
    const capture = fd === 1 ? member.out : member.err;
    const order = this.#keep.all ? this.all : undefined;
    const errors = fd === 2 && this.#joint ? this.errors : undefined;
    if (order === undefined && errors === undefined) {
      const collected = platform().collect(stream, this.#keep.maxBuffer);
      if (collected !== undefined) {
        capture.leaveTo(collected);
        this.#outlets.push({ stream, arrivals: collected });
        return;
      }
    }
    stream.on('data', (chunk: Uint8Array) => {
      const kept = capture.take(chunk);
      if (kept === undefined) return;
      order?.add(capture, kept);
      errors?.add(capture, kept);
    });
    this.#outlets.push({ stream });
  }

  readonly #fail = (error: unknown): void => {
    this.#failure ??= { error };
    this.stop();
  };
}

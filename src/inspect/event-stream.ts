/** Where events() gets its events from: the kernel, and scans where that is silent or loses some. */
import type { KernelEvent, Look } from '../platform/platform.ts';
import { Census } from './census.ts';
import type { ProcessEvent } from './event-types.ts';
import { acknowledged, kernelEvent } from './kernel-events.ts';

/** More than this is not kept for a loop that does not take it. */
const mostKept = 200_000;
/** The most that scanning may take of the time. */
const mostShare = 0.2;

/** A stream of events, taken in portions. */
export class EventStream {
  readonly #look: Look;
  readonly #interval: number;
  readonly #source: 'kernel' | 'polling';
  readonly #census: Census;
  #kept: ProcessEvent[] = [];
  /** Told by the kernel while a scan is under way, which has to be finished first. */
  #waiting: KernelEvent[] | undefined;
  /** Whether the scan that is under way tells what it finds. */
  #isComparing = false;
  #wake: (() => void) | undefined;
  #endListening: (() => void) | undefined;
  #timer: NodeJS.Timeout | undefined;
  #isStopped = false;
  #hasLost = false;
  #failure: unknown;

  constructor(look: Look, options: { interval: number; source: 'kernel' | 'polling' }) {
    this.#look = look;
    this.#interval = options.interval;
    this.#source = options.source;
    this.#census = new Census(look);
  }

  start(): void {
    if (this.#source === 'polling') {
      this.#poll('it was asked for');
      return;
    }
    try {
      this.#endListening = this.#look.listen({
        events: (events) => this.#heard(events),
        lost: () => this.#lost('the kernel lost some: too many came at once'),
        silent: (reason) => this.#poll(`the kernel does not tell: ${reason}`),
      });
    } catch (error) {
      this.#poll(`the kernel does not tell: ${(error as Error).message}`);
    }
  }

  stop(): void {
    this.#isStopped = true;
    this.#endListening?.();
    this.#endListening = undefined;
    clearTimeout(this.#timer);
    this.#wake?.();
  }

  /** What happened since the last call, once something has; undefined when it was stopped. */
  async next(): Promise<ProcessEvent[] | undefined> {
    while (this.#kept.length === 0 && !this.#isStopped && this.#failure === undefined) {
      await new Promise<void>((resolve) => (this.#wake = resolve));
    }
    if (this.#failure !== undefined) throw this.#failure;
    if (this.#isStopped) return undefined;
    const kept = this.#kept;
    this.#kept = [];
    return kept;
  }

  #tell(events: readonly ProcessEvent[]): void {
    if (this.#isStopped) return;
    if (this.#kept.length + events.length > mostKept) {
      this.#kept = [];
      this.#lost('some were thrown away: the loop did not take them');
      return;
    }
    for (const event of events) this.#kept.push(event);
    this.#wake?.();
  }

  /** `isLate`: they had to wait for a scan, which may have told the same. */
  #heard(events: readonly KernelEvent[], isLate = false): void {
    if (this.#waiting !== undefined) {
      for (const event of events) this.#waiting.push(event);
      return;
    }
    const { bootTimeMs } = this.#look.clock();
    const told: ProcessEvent[] = [];
    for (const each of events) {
      if (each.what === acknowledged) {
        const reason = "the kernel's proc connector";
        told.push({ type: 'source', source: 'kernel', reason, time: Date.now() });
        this.#isComparing = false;
        this.#scan(() => this.#census.begin().then(() => []));
        // What follows happened while it was counted.
        this.#waiting = events.slice(events.indexOf(each) + 1);
        break;
      }
      const event = kernelEvent(each, bootTimeMs);
      if (event === undefined) continue;
      const { type } = event;
      if (isLate && type === 'fork' && this.#census.has(event.pid)) continue;
      if (isLate && type === 'exit' && !this.#census.has(event.pid)) continue;
      if (event.type === 'fork') this.#census.born(event.pid, event.ppid);
      if (event.type === 'exit') this.#census.died(event.pid);
      told.push(event);
    }
    this.#tell(told);
  }

  #lost(reason: string): void {
    // A scan that has begun may have missed it: another one follows.
    if (this.#waiting !== undefined) {
      this.#hasLost = true;
      return;
    }
    this.#tell([{ type: 'rescan', reason, time: Date.now() }]);
    this.#isComparing = true;
    this.#scan(() => this.#census.compare());
  }

  /** While processes are counted, what the kernel tells has to wait. */
  #scan(count: () => Promise<ProcessEvent[]>): void {
    this.#waiting = [];
    count().then(
      (events) => {
        const waiting = this.#waiting ?? [];
        this.#waiting = undefined;
        this.#tell(events);
        this.#heard(waiting, this.#isComparing);
        if (this.#hasLost) {
          this.#hasLost = false;
          this.#lost('the kernel lost some: too many came at once');
        }
      },
      (error: unknown) => this.#fail(error),
    );
  }

  /** Compares one list with the next, again and again. */
  #poll(reason: string): void {
    this.#endListening?.();
    this.#endListening = undefined;
    const began = performance.now();
    this.#census.begin().then(
      () => {
        this.#tell([{ type: 'source', source: 'polling', reason, time: Date.now() }]);
        this.#pollAgain(began);
      },
      (error: unknown) => this.#fail(error),
    );
  }

  #pollAgain(began: number): void {
    if (this.#isStopped) return;
    const cost = performance.now() - began;
    const pause = Math.max(this.#interval - cost, cost / mostShare - cost);
    this.#timer = setTimeout(() => {
      const start = performance.now();
      this.#census.compare().then(
        (events) => {
          this.#tell(events);
          this.#pollAgain(start);
        },
        (error: unknown) => this.#fail(error),
      );
    }, pause);
  }

  #fail(error: unknown): void {
    this.#failure = error;
    this.#wake?.();
  }
}

/**
 * Processes by pidfd: the addon watches them all through one descriptor in the event loop, so a wait
 * costs neither a thread nor a poll, and reaps each child itself, never one of node:child_process.
 */
import type { NativeAddon } from '../binding.ts';
import type { End, ProcessRef, RawUsage } from '../platform.ts';
import { translate } from '../translate.ts';
import type { Ticker } from './without-pidfd.ts';

/** How long a stranger that ended may stay unreaped before its end is told without a status. */
const reapGraceMs = 220;

/** The processes that this thread looks after. */
export class Processes {
  readonly addon: NativeAddon;
  /** Where there are no pidfds, what looks after the ends instead. */
  readonly ticker: Ticker | undefined;
  /** Those whose end the addon will tell. They stay, however few hold them, until they have ended. */
  readonly #watched = new Map<number, LinuxRef>();
  readonly #children = new Map<number, LinuxRef>();
  /** An attached process that nobody holds any more and nobody waits for gives its pidfd back. */
  readonly #dropped = new FinalizationRegistry<number>((id) => this.addon.release(id));
  /** Where the addon puts the resource usage of a process whose wait status it tells; see start(). */
  readonly usage: Float64Array<ArrayBuffer> = new Float64Array(new ArrayBuffer(10 * 8));
  #keptAlive = 0;

  constructor(addon: NativeAddon, ticker: Ticker | undefined) {
    this.addon = addon;
    this.ticker = ticker;
  }

  /** Whether the pid is of a child that a ProcessRef looks after. */
  isOurs(pid: number): boolean {
    return this.#children.has(pid);
  }

  /** A child that has just started; the addon watches it already. */
  born(id: number, pid: number): LinuxRef {
    const ref = new LinuxRef(this, id, pid, true);
    this.#watched.set(id, ref);
    this.#children.set(pid, ref);
    this.ticker?.add(ref);
    return ref;
  }

  attach(pid: number): LinuxRef {
    const child = this.#children.get(pid);
    if (child !== undefined) return child;
    try {
      const id = this.addon.attach(pid);
      const ref = new LinuxRef(this, id, pid, false);
      this.#dropped.register(ref, id, ref);
      return ref;
    } catch (error) {
      throw translate(error, pid);
    }
  }

  /** What the addon calls when a process ended. */
  ended(id: number, waitStatus: number | undefined): void {
    const ref = this.#watched.get(id);
    if (ref === undefined) return;
    if (waitStatus === undefined) {
      ref.lookAgainIn(reapGraceMs);
    } else {
      ref.settle(waitStatus);
    }
  }

  /** In a forked child our children are siblings; who waited for one of them is the parent's. */
  atFork(inChild: boolean): void {
    this.#keptAlive = inChild ? 0 : this.#keptAlive;
    if (!inChild || this.#watched.size === 0) return;
    for (const [id, ref] of this.#watched) {
      if (!ref.owned) continue;
      this.#watched.delete(id);
      this.ticker?.remove(ref);
      this.#dropped.register(ref, id, ref);
      ref.disown();
    }
    this.#children.clear();
    // The addon lets the loop of a child end; strangers that are waited for keep it alive again.
    for (const ref of this.#watched.values()) ref.keepAliveAnew();
  }

  /** What is in {@link usage} now, before the next end overwrites it. */
  takeUsage(): RawUsage | undefined {
    const { usage } = this;
    if (usage[0] === 0) return undefined;
    const taken: number[] = [];
    for (let i = 1; i < usage.length; i++) taken.push(usage[i]!);
    return taken as unknown as RawUsage;
  }

  watch(ref: LinuxRef, id: number): void {
    if (this.#watched.has(id)) return;
    this.#watched.set(id, ref);
    this.addon.watch(id);
    this.ticker?.add(ref);
  }

  forget(ref: LinuxRef, id: number): void {
    this.#watched.delete(id);
    if (ref.owned) this.#children.delete(ref.pid);
    else this.#dropped.unregister(ref);
    this.ticker?.remove(ref);
  }

  release(ref: LinuxRef, id: number): void {
    if (ref.owned || this.#watched.has(id)) return;
    this.#dropped.unregister(ref);
    this.addon.release(id);
  }

  keepAlive(on: boolean): void {
    this.#keptAlive += on ? 1 : -1;
    if (this.#keptAlive === (on ? 1 : 0)) this.addon.keepAlive(on);
  }
}

/** A process by its pidfd; see {@link ProcessRef}. */
export class LinuxRef implements ProcessRef {
  readonly pid: number;
  #owned: boolean;
  readonly #all: Processes;
  readonly #id: number;
  #end: End | undefined;
  #callbacks: ((end: End) => void)[] | undefined;
  #referenced = false;
  #timer: NodeJS.Timeout | undefined;
  #inode: bigint | undefined;

  constructor(all: Processes, id: number, pid: number, owned: boolean) {
    this.#all = all;
    this.#id = id;
    this.pid = pid;
    this.#owned = owned;
  }

  get owned(): boolean {
    return this.#owned;
  }

  end(): End | undefined {
    if (this.#end === undefined) {
      const waitStatus = this.#all.addon.poll(this.#id);
      if (waitStatus !== undefined) this.settle(waitStatus);
    }
    return this.#end;
  }

  onEnd(callback: (end: End) => void): void {
    const end = this.#end;
    if (end !== undefined) {
      queueMicrotask(() => callback(end));
      return;
    }
    (this.#callbacks ??= []).push(callback);
    if (!this.owned) this.#all.watch(this, this.#id);
  }

  waitSync(timeoutMs: number | undefined): End | undefined {
    if (this.#end !== undefined) return this.#end;
    const bound = timeoutMs === undefined ? -1 : Math.ceil(Math.min(timeoutMs, 2 ** 52));
    const waitStatus = this.#all.addon.waitSync(this.#id, bound);
    if (waitStatus !== undefined) this.settle(waitStatus);
    return this.#end;
  }

  ref(): void {
    if (this.#referenced || this.#end !== undefined) return;
    this.#referenced = true;
    this.#timer?.ref();
    this.#all.keepAlive(true);
  }

  unref(): void {
    if (!this.#referenced) return;
    this.#referenced = false;
    this.#timer?.unref();
    this.#all.keepAlive(false);
  }

  signal(number: number): boolean {
    if (this.#end !== undefined) return false;
    try {
      return this.#all.addon.signal(this.#id, number);
    } catch (error) {
      throw translate(error, this.pid);
    }
  }

  inode(): bigint | undefined {
    return (this.#inode ??= this.#all.addon.inode(this.#id));
  }

  release(): void {
    if (this.#end === undefined) this.#all.release(this, this.#id);
  }

  setCleanup(on: boolean): void {
    if (this.#end === undefined) this.#all.addon.setCleanup(this.#id, on);
  }

  /** In a forked child: it is the parent's. */
  disown(): void {
    this.#owned = false;
    this.#referenced = false;
    this.#callbacks = undefined;
  }

  /** In a forked child, where nothing keeps the loop alive yet. */
  keepAliveAnew(): void {
    if (this.#referenced) this.#all.keepAlive(true);
  }

  /** For a stranger whose parent has not reaped it: its status may yet be told. */
  lookAgainIn(ms: number): void {
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      this.end();
    }, ms);
    if (!this.#referenced) this.#timer.unref();
  }

  /** It has ended, and the addon has forgotten it; its usage is in what the addon shares with us. */
  settle(waitStatus: number): void {
    if (this.#end !== undefined) return;
    const end: End = {
      waitStatus: waitStatus < 0 ? undefined : waitStatus,
      usage: this.#all.takeUsage(),
    };
    this.#end = end;
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.unref();
    this.#all.forget(this, this.#id);
    const callbacks = this.#callbacks;
    this.#callbacks = undefined;
    // In a microtask: whoever looked must not find itself called back in the middle of it.
    if (callbacks !== undefined) {
      queueMicrotask(() => {
        for (const callback of callbacks) callback(end);
      });
    }
  }
}

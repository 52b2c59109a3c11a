/** What only a program can do to itself, over the addon. */
import type { NativeAddon } from '../binding.ts';
import type { End, OwnProcess } from '../platform.ts';
import { translated } from '../translate.ts';
import { endOf } from './end-of.ts';
import { processors } from './processors.ts';
import { readTable } from './table.ts';

/** Binds {@link OwnProcess} to the addon; `processes` knows which children are looked after. */
export function createOwn(
  addon: NativeAddon,
  processes: { isOurs(pid: number): boolean },
): OwnProcess {
  const adopted = new Adopted(addon, processes);
  return {
    processGroup: () => addon.getProcessGroup(),
    session: () => addon.getSession(),
    getSubreaper: () => translated(() => addon.getSubreaper()),
    setSubreaper: (on) => translated(() => addon.setSubreaper(on)),
    abort: () => addon.abort(),
    processors,
    reapAdopted: () => adopted.reap(),
  };
}

/** How long a child must have been dead before it counts as nobody's, in milliseconds. */
const patienceMs = 100;

/**
 * Dead children that nobody looks after. One that node:child_process started looks the same, until
 * the event loop has turned and libuv has reaped it: so a child is taken only when it was seen dead,
 * 100 ms passed, and the loop then went once round. (In a worker thread that is blocked for longer,
 * its children could be taken.)
 */
class Adopted {
  readonly #addon: NativeAddon;
  readonly #processes: { isOurs(pid: number): boolean };
  /** By pid and start time, whether its time has come. */
  readonly #seen = new Map<string, boolean>();

  constructor(addon: NativeAddon, processes: { isOurs(pid: number): boolean }) {
    this.#addon = addon;
    this.#processes = processes;
  }

  reap(): { pid: number; end: End } | undefined {
    const dead = readTable(this.#addon).filter(
      ({ pid, ppid, state }) =>
        ppid === process.pid && state === 'Z' && !this.#processes.isOurs(pid),
    );
    const keys = new Set(dead.map(({ pid, startTime }) => `${pid}:${startTime}`));
    for (const key of this.#seen.keys()) if (!keys.has(key)) this.#seen.delete(key);
    for (const { pid, startTime } of dead) {
      const key = `${pid}:${startTime}`;
      if (this.#seen.get(key) !== true) {
        this.#note(key);
        continue;
      }
      this.#seen.delete(key);
      const end = translated(() => this.#addon.reap(pid), pid);
      if (end !== undefined) return { pid, end: endOf(end) };
    }
    return undefined;
  }

  #note(key: string): void {
    if (this.#seen.has(key)) return;
    this.#seen.set(key, false);
    // The timer may be the first thing that runs after a long block, before libuv hears of its
    // children; an immediate comes after that.
    const ripen = (): void => {
      if (this.#seen.has(key)) this.#seen.set(key, true);
    };
    setTimeout(() => setImmediate(ripen).unref(), patienceMs).unref();
  }
}

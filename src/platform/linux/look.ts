/** What the addon reads of any process; see native/packer.h for how it packs that. */
import { readlinkSync } from 'node:fs';
import { availableParallelism } from 'node:os';

import { UnsupportedError } from '../../errors.ts';
import type { NativeAddon } from '../binding.ts';
import type {
  Entry,
  EventListener,
  Holder,
  KernelEvent,
  Look,
  Looked,
  Piece,
} from '../platform.ts';
import { translate } from '../translate.ts';
import { statLines } from './stat-lines.ts';
import { Unpacker, wordSize } from './unpacker.ts';

/** How many processes a pool thread reads at a time: about 3 ms. */
const batch = 256;
/** Of Node's four pool threads, some are left to others. */
const atATime = Math.min(2, availableParallelism());

const clockTrustMs = 1000;
const holderWords = 4;
const eventColumns = 8;

/** One process after the other, out of what was read of many: most are not even looked at closely. */
class Cursor implements Looked {
  readonly #unpacker: Unpacker;
  readonly at: number = performance.now();
  pid = 0;
  #start = 0;
  #end = 0;

  constructor(bytes: Buffer) {
    this.#unpacker = new Unpacker(bytes);
  }

  /** Whether there is another one, which it then stands for. */
  next(): boolean {
    if (this.#end >= this.#unpacker.bytes.length) return false;
    this.#unpacker.at = this.#end;
    this.pid = this.#unpacker.number();
    this.#start = this.#unpacker.at + wordSize;
    // Its pieces are packed as one piece; a failure stands for a process that is not there.
    const isThere = this.#unpacker.skip() >= 0;
    this.#end = this.#unpacker.at;
    if (!isThere) this.#start = Infinity;
    return true;
  }

  get pieces(): readonly Piece[] | undefined {
    if (this.#start === Infinity) return undefined;
    const pieces: Piece[] = [];
    this.#unpacker.at = this.#start;
    while (this.#unpacker.at < this.#end) pieces.push(this.#unpacker.piece());
    return pieces;
  }
}

/** Binds the contract to the addon. */
export function createLook(addon: NativeAddon): Look {
  let clock: Clock | undefined;
  return {
    check: checkProc,
    pids: async () => new Int32Array(await translating(addon.pids())).toSorted(),
    read: (pids, items, take) => read(addon, Int32Array.from(pids), items.join('\n'), take),
    statLines: () => statLines(addon),
    entries,
    holders: async (targets, everywhere) =>
      holdersIn(
        await translating(
          addon.holders(
            targets.map((each) => Buffer.from(each)),
            everywhere,
          ),
        ),
      ),
    unixPeers: async () => {
      const numbers = new Uint32Array(await translating(addon.unixPeers()));
      const peers = new Map<number, number>();
      for (let at = 0; at < numbers.length; at += 2) {
        peers.set(numbers[at] as number, numbers[at + 1] as number);
      }
      return peers;
    },
    listen: (listener) => listen(addon, listener),
    clock: () => {
      // A clock that was set moves the start times of all processes: it is looked at now and then.
      if (clock === undefined || performance.now() - clock.at > clockTrustMs) {
        clock = readClock(addon, clock);
      }
      return clock;
    },
  };
}

type Clock = ReturnType<Look['clock']> & { readonly at: number };

function readClock(addon: NativeAddon, before: Clock | undefined): Clock {
  const [pageSize, ticksPerSecond, bootTimeMs] = addon.clock();
  const at = performance.now();
  // Two looks differ by some microseconds; start times should not.
  const isSame = before !== undefined && Math.abs(before.bootTimeMs - bootTimeMs) < 1000;
  return isSame ? { ...before, at } : { pageSize, ticksPerSecond, bootTimeMs, at };
}

let proc: string | undefined;

/** In a new pid namespace with the old /proc every pid there would be somebody else. */
function checkProc(what: string): void {
  try {
    proc ??= readlinkSync('/proc/self');
  } catch {
    throw new UnsupportedError(`${what} needs /proc, which is not mounted here`);
  }
  if (proc === String(process.pid)) return;
  proc = undefined;
  throw new UnsupportedError(
    `${what} needs the /proc of this pid namespace (unshare --mount-proc): here it is another's`,
  );
}

async function translating<T>(promise: Promise<T>): Promise<T> {
  try {
    return await promise;
  } catch (error) {
    throw translate(error);
  }
}

/** In batches, so that no one of them keeps the loop or the pool for long. */
async function read<T>(
  addon: NativeAddon,
  pids: Int32Array,
  items: string,
  take: (looked: Looked) => T,
): Promise<T[]> {
  const results: T[][] = [];
  let next = 0;
  const readOn = async (): Promise<void> => {
    while (next < pids.length) {
      const start = next;
      next += batch;
      const bytes = await translating(addon.look(pids.slice(start, next), items));
      results[start / batch] = lookedIn(Buffer.from(bytes), take);
    }
  };
  await Promise.all(Array.from({ length: atATime }, readOn));
  return results.flat();
}

function lookedIn<T>(bytes: Buffer, take: (looked: Looked) => T): T[] {
  const cursor = new Cursor(bytes);
  const taken: T[] = [];
  while (cursor.next()) taken.push(take(cursor));
  return taken;
}

function entries(piece: Buffer, count: number): Entry[] {
  const unpacker = new Unpacker(piece);
  const found: Entry[] = [];
  while (unpacker.at < piece.length) {
    const number = unpacker.number();
    found.push({ number, pieces: Array.from({ length: count }, () => unpacker.piece()) });
  }
  return found;
}

function holdersIn(bytes: ArrayBuffer): { holders: Holder[]; unseen: number } {
  const [unseen = 0, ...words] = new Int32Array(bytes);
  const holders: Holder[] = [];
  for (let at = 0; at < words.length; at += holderWords) {
    const [pid, fd, target, mode] = words.slice(at, at + holderWords) as [
      number,
      number,
      number,
      number,
    ];
    holders.push({ pid, fd, target, readable: (mode & 1) !== 0, writable: (mode & 2) !== 0 });
  }
  return { holders, unseen };
}

function listen(addon: NativeAddon, listener: EventListener): () => void {
  try {
    return addon.listen((rows, names, lost, silence) => {
      const events: KernelEvent[] = [];
      for (let row = 0; row * eventColumns < rows.length; row++) {
        const [what, nanoseconds, ...numbers] = rows.slice(
          row * eventColumns,
          (row + 1) * eventColumns,
        ) as [number, number, ...number[]];
        events.push({ what, nanoseconds, numbers, name: names[row] });
      }
      if (events.length > 0) listener.events(events);
      if (lost) listener.lost();
      if (silence !== undefined) listener.silent(silence.message);
    });
  } catch (error) {
    throw translate(error);
  }
}

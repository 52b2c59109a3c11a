/** What the addon reads of any process; see native/packer.h for how it packs that. */
import { readlinkSync } from 'node:fs';
import { availableParallelism } from 'node:os';

import { UnsupportedError } from '../../errors.ts';
import type { NativeAddon } from '../binding.ts';
import type { Entry, Holder, KernelEvent, Look, Looked, Piece } from '../platform.ts';
import { translate } from '../translate.ts';

/** How many processes a pool thread reads at a time: about 3 ms. */
const batch = 256;
/** Of Node's four pool threads, some are left to others. */
const atATime = Math.min(2, availableParallelism());

const wordSize = 4;
const holderWords = 4;
const eventColumns = 8;

/** Reads what packer.h packs. */
class Unpacker {
  readonly #bytes: Buffer;
  readonly #view: DataView;
  at = 0;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  get isAtEnd(): boolean {
    return this.at >= this.#bytes.length;
  }

  number(): number {
    const number = this.#view.getInt32(this.at, littleEndian);
    this.at += wordSize;
    return number;
  }

  /** The bytes of a piece, or the errno. */
  piece(): Piece {
    const size = this.number();
    if (size < 0) return -size;
    const start = this.at;
    this.at += (size + wordSize - 1) & -wordSize;
    return this.#bytes.subarray(start, start + size);
  }

  pieces(): Piece[] {
    const pieces: Piece[] = [];
    while (!this.isAtEnd) pieces.push(this.piece());
    return pieces;
  }
}

const littleEndian = new Uint8Array(new Uint16Array([1]).buffer)[0] === 1;

/** Binds the contract to the addon. */
export function createLook(addon: NativeAddon): Look {
  let clock: ReturnType<Look['clock']> | undefined;
  return {
    check: checkProc,
    pids: async () => new Int32Array(await translating(addon.pids())).toSorted(),
    read: (pids, items) => read(addon, Int32Array.from(pids), items.join('\n')),
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
      const [pageSize, ticksPerSecond, bootTimeMs] = addon.clock();
      // Two looks differ by some microseconds; a start time should not, unless the clock was set.
      const moved = clock === undefined || Math.abs(clock.bootTimeMs - bootTimeMs) > 1000;
      if (moved) clock = { pageSize, ticksPerSecond, bootTimeMs };
      return clock as ReturnType<Look['clock']>;
    },
  };
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
async function read(addon: NativeAddon, pids: Int32Array, items: string): Promise<Looked[]> {
  const results: Looked[][] = [];
  let next = 0;
  const readOn = async (): Promise<void> => {
    while (next < pids.length) {
      const start = next;
      next += batch;
      const bytes = await translating(addon.look(pids.slice(start, next), items));
      results[start / batch] = lookedIn(Buffer.from(bytes));
    }
  };
  await Promise.all(Array.from({ length: atATime }, readOn));
  return results.flat();
}

function lookedIn(bytes: Buffer): Looked[] {
  const unpacker = new Unpacker(bytes);
  const looked: Looked[] = [];
  while (!unpacker.isAtEnd) {
    const pid = unpacker.number();
    const piece = unpacker.piece();
    looked.push(
      typeof piece === 'number'
        ? { pid, pieces: undefined, errno: piece }
        : { pid, pieces: new Unpacker(piece).pieces(), errno: 0 },
    );
  }
  return looked;
}

function entries(piece: Buffer, count: number): Entry[] {
  const unpacker = new Unpacker(piece);
  const found: Entry[] = [];
  while (!unpacker.isAtEnd) {
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

function listen(addon: NativeAddon, listener: Parameters<Look['listen']>[0]): () => void {
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

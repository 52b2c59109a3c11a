/** What was read of one process, taken apart when a field asks for it. */
import type { Entry, Look, Looked, Piece } from '../platform/look.ts';
import { errnoWords } from '../platform/translate.ts';
import { textOf } from './bytes.ts';
import { denied, gone, type Known, mapKnown, type Missing, unsupported } from './missing.ts';
import { hasEnded, isKernelThread, parseStat, type Stat } from './stat.ts';
import { Status } from './status.ts';

/** The file is not what the manual says it is. */
export function malformed(item: string): Missing {
  return unsupported(`/proc/PID/${item} is not as it is known to be`);
}

/** The value, or that this kernel does not tell it. */
export function orUnsupported<T>(value: T | undefined, what: string): Known<T> {
  return value === undefined ? unsupported(what) : value;
}

/** A link to a file. */
export interface Link {
  readonly path: string;
  readonly isDeleted: boolean;
}

/** A file by its number, with the pieces that were read of it. */
export class Sources {
  readonly pid: number;
  readonly stat: Stat;
  readonly look: Look;
  readonly #items: readonly string[];
  readonly #pieces: readonly Piece[];
  #status: Known<Status> | undefined;

  constructor(
    look: Look,
    items: readonly string[],
    looked: { pid: number; pieces: readonly Piece[]; stat: Stat },
  ) {
    this.pid = looked.pid;
    this.look = look;
    this.#items = items;
    this.#pieces = looked.pieces;
    this.stat = looked.stat;
  }

  /** The bytes of an item, or why there are none. */
  bytes(item: string): Known<Buffer> {
    const piece = this.#pieces[this.#items.indexOf(item)];
    if (piece === undefined) throw new Error(`${item} was not read`);
    return typeof piece === 'number' ? this.#missing(item, piece) : piece;
  }

  text(item: string): Known<string> {
    return mapKnown(this.bytes(item), (bytes) => bytes.toString('latin1'));
  }

  get status(): Known<Status> {
    this.#status ??= mapKnown(this.text('status'), (text) => new Status(text));
    return this.#status;
  }

  /** What a file says of a living program's memory, whose text is empty for those that have none. */
  ofMemory(item: string): Known<Buffer> {
    return this.noMemory() ?? this.bytes(item);
  }

  /** Why it has no memory of its own; undefined: it has. */
  noMemory(): Missing | undefined {
    if (isKernelThread(this.stat)) return unsupported('a thread of the kernel runs no program');
    return hasEnded(this.stat) ? gone('it has ended, and waits to be reaped') : undefined;
  }

  link(item: string): Known<Link> {
    return mapKnown(this.bytes(item), (bytes) => ({
      path: textOf(bytes.subarray(1)),
      isDeleted: bytes[0] === 0x64,
    }));
  }

  /** The descriptors or threads, with so many pieces for each. */
  entries(item: string, count: number): Known<Entry[]> {
    return mapKnown(this.bytes(item), (bytes) => this.look.entries(bytes, count));
  }

  #missing(item: string, errno: number): Missing {
    const [code, words] = errnoWords(errno);
    const reason = `${item === '' ? 'the owner' : item.replace('@', '')}: ${words} (${code})`;
    if (code === 'EACCES' || code === 'EPERM') return denied(reason);
    const without = this.noMemory();
    if (without !== undefined) return without;
    return code === 'ESRCH' ? gone(reason) : unsupported(reason);
  }
}

/** Made of what a platform read, where the last item is `stat`; undefined: there is no process. */
export function sourcesOf(
  look: Look,
  items: readonly string[],
  looked: Looked,
): Sources | undefined {
  const { pid, pieces } = looked;
  const last = pieces?.at(-1);
  const stat = Buffer.isBuffer(last) ? parseStat(last) : undefined;
  if (pieces === undefined || stat === undefined) return undefined;
  return new Sources(look, items, { pid, pieces, stat });
}

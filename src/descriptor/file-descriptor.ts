/** One open descriptor of this program, and who has to close it. */
import type { Duplex, Readable, Writable } from 'node:stream';
import { inspect } from 'node:util';

import { invalidType, outOfRange } from '../errors.ts';
import type { DescriptorType } from '../platform/platform.ts';
import { platform } from '../platform/select.ts';
import { checkData, Messages, type Message } from './messages.ts';
import { Ownership, type Direction } from './ownership.ts';
import { duplexOver, readableOver, writableOver } from './streams.ts';
import { travelsAs } from './travel.ts';

export type { DescriptorType } from '../platform/platform.ts';

/** What {@link FileDescriptor.receive} got: bytes, and descriptors that are ours now. */
export interface ReceivedMessage {
  /** Empty at the end, and where nothing but descriptors was sent. */
  readonly data: Uint8Array;
  /** Each one is close-on-exec. */
  readonly descriptors: FileDescriptor[];
}

const ownerships = new WeakMap<FileDescriptor, Ownership>();

/**
 * Closes what was dropped without close(). That is a safety net: it comes when memory is collected,
 * which may be never. The standard three are left open, as everything else in Node expects them.
 */
const dropped = new FinalizationRegistry<Ownership>((ownership) => {
  try {
    ownership.close();
  } catch {
    // Somebody closed the number behind our back; nobody is left who could be told.
  }
});

/**
 * An open descriptor and its one owner. It is closed once: by {@link close}, by the end of its scope
 * (`using`), by the stream that took it, or, when it was given to a child, as soon as that has
 * started. After that every use throws a ProcessError (EBADF) that says where it went.
 *
 * @example
 * ```ts
 * const { readEnd, writeEnd } = pipe();
 * const child = await spawn('sort', [], { stdin: readEnd, stdout: 'inherit' });
 * writeEnd.writable().end('b\na\n');
 * await child.wait();
 * ```
 */
export class FileDescriptor {
  static {
    // How console.log shows it.
    Object.defineProperty(FileDescriptor.prototype, inspect.custom, {
      value(this: FileDescriptor): string {
        return `FileDescriptor { ${this.isClosed ? 'closed' : this.fd} }`;
      },
    });
  }

  readonly #ownership: Ownership;
  readonly #messages: Messages;

  /**
   * Takes over the open descriptor `fd`: from now on it is closed here and nowhere else.
   * Throws a ProcessError (EBADF) if nothing is open there.
   */
  constructor(fd: number) {
    if (typeof fd !== 'number') throw invalidType('fd', 'a number', fd);
    if (!Number.isInteger(fd) || fd < 0 || fd > 0x7fff_ffff) {
      throw outOfRange('fd', 'an integer from 0 to 2147483647', fd);
    }
    const direction = madeHere === undefined ? undefined : madeHere.direction;
    // A number that the kernel has just given us needs no look.
    if (madeHere === undefined) platform().descriptors.type(fd);
    this.#ownership = new Ownership(fd, direction);
    this.#messages = new Messages(this.#ownership);
    ownerships.set(this, this.#ownership);
    travels(this);
    if (fd > 2) dropped.register(this, this.#ownership, this.#ownership);
  }

  /** The number of the descriptor, for other APIs; keep the object as long as you use the number. */
  get fd(): number {
    return this.#ownership.number();
  }

  /** Whether it is closed here or belongs to somebody else by now: a stream, a child. */
  get isClosed(): boolean {
    return this.#ownership.isOver;
  }

  /** What is open there. Source: fstat(2), isatty(3). */
  get type(): DescriptorType {
    return platform().descriptors.type(this.fd);
  }

  /** Whether exec closes it (FD_CLOEXEC); true for everything that brood opens. */
  get closeOnExec(): boolean {
    return platform().descriptors.getCloseOnExec(this.fd);
  }

  set closeOnExec(on: boolean) {
    if (typeof on !== 'boolean') throw invalidType('closeOnExec', 'a boolean', on);
    platform().descriptors.setCloseOnExec(this.fd, on);
  }

  /**
   * A stream that reads from it and owns it: the stream closes it at its end or when it is destroyed.
   * Throws a ProcessError (EBADF) on the write end of a pipe.
   */
  readable(): Readable {
    return this.#stream('read', readableOver);
  }

  /** A stream that writes to it and owns it: the stream closes it after end() or destroy(). */
  writable(): Writable {
    return this.#stream('write', writableOver);
  }

  /** A stream for both ways, over a socket or a terminal, that owns it. UnsupportedError on others. */
  duplex(): Duplex {
    return this.#stream(undefined, duplexOver);
  }

  /** Another descriptor of the same open file, with an owner of its own. Source: dup(2). */
  duplicate(): FileDescriptor {
    return ownerOf(platform().descriptors.duplicate(this.fd), this.#ownership.direction);
  }

  /**
   * Sends open files, and bytes, over this end of a socket pair (or any Unix socket) to whoever reads
   * the other one; waits while it is full. What is sent stays open here too. Without `data` one zero
   * byte travels, because descriptors need a byte to travel with. At most 253 descriptors. The socket
   * is a stream of bytes: several sends without descriptors may arrive as one, a long one in pieces;
   * descriptors arrive with the first piece of their data, and nothing after that piece comes along.
   * Source: sendmsg(2), unix(7).
   *
   * @example
   * ```ts
   * const [ours, theirs] = socketpair();
   * const { readEnd, writeEnd } = pipe();
   * await ours.send([readEnd], 'the end to read from');
   * const { data, descriptors } = await theirs.receive();
   * ```
   */
  async send(
    descriptors: readonly (FileDescriptor | number)[],
    data?: string | Uint8Array,
  ): Promise<void> {
    await this.#messages.send(checkDescriptors(descriptors), checkData(data, descriptors));
  }

  /**
   * The next bytes, up to 64 KiB, and the descriptors that came with them; waits until there are
   * some. At the end both are empty. Rejects with a ProcessError EMFILE if this program has no room
   * for the descriptors (none is kept then), and EBADF if it is closed meanwhile. Source: recvmsg(2).
   */
  async receive(): Promise<ReceivedMessage> {
    const { data, descriptors }: Message = await this.#messages.receive();
    return { data, descriptors: descriptors.map((fd) => ownerOf(fd, undefined)) };
  }

  /** Closes it; again, or after it was given away, it does nothing. Waiting receives reject. */
  close(): void {
    dropped.unregister(this.#ownership);
    this.#ownership.close();
  }

  [Symbol.dispose](): void {
    this.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.close();
  }

  #stream<T>(direction: Direction, make: StreamMaker<T>): T {
    return this.#ownership.toStream((fd) => {
      const stream = make(fd, this.type, { wanted: direction, known: this.#ownership.direction });
      dropped.unregister(this.#ownership);
      return stream;
    });
  }
}

/** A message has a descriptor of its own: the object here stays open, and its owner's. */
const travels = travelsAs<FileDescriptor>({
  name: 'FileDescriptor',
  pack: ({ fd }) => platform().descriptors.duplicate(fd),
  unpack: (fd) => ownerOf(fd, undefined),
});

type StreamMaker<T> = (
  fd: number,
  type: DescriptorType,
  directions: { wanted: Direction; known: Direction },
) => T;

/** Set while {@link ownerOf} calls the constructor: a number that is ours and new. */
let madeHere: { readonly direction: Direction } | undefined;

/** The owner of a number that the kernel has just given us. */
export function ownerOf(fd: number, direction: Direction): FileDescriptor {
  madeHere = { direction };
  try {
    return new FileDescriptor(fd);
  } finally {
    madeHere = undefined;
  }
}

/** Who owns it: for this room only. */
export function ownershipOf(descriptor: FileDescriptor): Ownership {
  return ownerships.get(descriptor) as Ownership;
}

/** Keeps the collector from closing what has a new owner. */
export function forget(descriptor: FileDescriptor): void {
  dropped.unregister(ownershipOf(descriptor));
}

/** The most descriptors that one message carries (SCM_MAX_FD of the kernel). */
const mostDescriptors = 253;

/** What gives the numbers at the moment of sending: a descriptor may be closed until then. */
function checkDescriptors(descriptors: unknown): () => number[] {
  if (!Array.isArray(descriptors)) throw invalidType('descriptors', 'an array', descriptors);
  if (descriptors.length > mostDescriptors) {
    throw outOfRange('descriptors.length', `at most ${mostDescriptors}`, descriptors.length);
  }
  const given = descriptors.map((each: unknown, index) => {
    if (each instanceof FileDescriptor) {
      ownershipOf(each).given(`descriptors[${index}]`);
      return each;
    }
    if (typeof each !== 'number') {
      throw invalidType(`descriptors[${index}]`, 'a FileDescriptor or a number', each);
    }
    if (!Number.isInteger(each) || each < 0 || each > 0x7fff_ffff) {
      throw outOfRange(`descriptors[${index}]`, 'an integer from 0 to 2147483647', each);
    }
    return each;
  });
  return () => given.map((each) => (typeof each === 'number' ? each : each.fd));
}

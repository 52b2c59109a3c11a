/** Memory that several processes have. */
import { constants } from 'node:buffer';

import { FileDescriptor, ownerOf } from '../descriptor/file-descriptor.ts';
import { canBeGiven } from '../descriptor/hand-over.ts';
import { travelsAs } from '../descriptor/travel.ts';
import { ProcessError, invalidType, invalidValue, outOfRange } from '../errors.ts';
import { platform } from '../platform/select.ts';
import { openNamed } from './named.ts';

/** How memory is made. */
export interface SharedMemoryOptions {
  /** Under which processes of the same user can {@link SharedMemory.open} it: letters, digits, `.-_`. */
  readonly name?: string | undefined;
}

/** Set while a memory is made of a descriptor that there is. */
let given: { readonly file: FileDescriptor } | undefined;

/**
 * Pages that several processes have: an ArrayBuffer in which each sees at once what the others write. A
 * forked child has it; any other process gets its {@link descriptor}. It is freed with its last user,
 * however that ends, and filled with zeros at first. Its size never changes.
 *
 * Plain reads and writes are not ordered between processes: use Atomics, or a lock. The buffer can be
 * neither resized nor transferred.
 *
 * Source: memfd_create(2), mmap(2).
 *
 * @example
 * ```ts
 * import { SharedMemory } from 'brood/shared';
 * using memory = new SharedMemory(4096);
 * Atomics.store(new Int32Array(memory.buffer), 0, 42);
 * // What another process does with the descriptor that it was given.
 * using same = SharedMemory.from(memory.descriptor);
 * console.log(Atomics.load(new Int32Array(same.buffer), 0)); // 42
 * ```
 */
export class SharedMemory {
  readonly #file: FileDescriptor;
  readonly #buffer: ArrayBuffer;
  #offered: FileDescriptor | undefined;
  #closed = false;
  readonly #waits = new Set<() => void>();

  /**
   * New memory of that many bytes. They cost nothing until they are written.
   *
   * @throws TypeError, RangeError; ProcessError EEXIST if there is memory of that name, ENOMEM, EMFILE;
   * UnsupportedError without the addon.
   */
  constructor(bytes: number, options?: SharedMemoryOptions) {
    this.#file = given === undefined ? make(checkBytes(bytes), checkOptions(options)) : given.file;
    try {
      this.#buffer = mapped(this.#file.fd);
    } catch (error) {
      this.#file.close();
      throw error;
    }
    travels(this);
  }

  /**
   * The memory behind a descriptor that this process was given: of a FileDescriptor, or of a number
   * such as the 3 of `fds`. The descriptor is closed; the memory has one of its own.
   *
   * @throws ProcessError EBADF; TypeError if it is no memory: a file that may shrink would end this
   * program when its pages go.
   */
  static from(descriptor: FileDescriptor | number): SharedMemory {
    if (typeof descriptor !== 'number' && !(descriptor instanceof FileDescriptor)) {
      throw invalidType('descriptor', 'a FileDescriptor or a number', descriptor);
    }
    const file = typeof descriptor === 'number' ? new FileDescriptor(descriptor) : descriptor;
    const own = file.duplicate();
    const memory = memoryOf(own);
    file.close();
    return memory;
  }

  /**
   * The memory of that name, of any process of this user that has it now. If there is none and `bytes`
   * is given, it is made: of several that come at once, one makes it and all have the same. Found in
   * /proc, so in the same pid namespace, and the more files are open on this machine, the longer it
   * takes: milliseconds.
   *
   * @throws ProcessError ENOENT if there is none; TypeError if it has another size than `bytes`.
   */
  static open(name: string, bytes?: number): SharedMemory {
    checkName(name);
    if (bytes !== undefined) checkBytes(bytes);
    const memory = memoryOf(ownerOf(openNamed(name, bytes), undefined));
    if (bytes === undefined || memory.byteLength === bytes) return memory;
    const { byteLength } = memory;
    memory.close();
    throw invalidValue('bytes', bytes, `must be the size that it has, ${byteLength}`);
  }

  /** The memory itself. After {@link close} it has no length, nor have its views. */
  get buffer(): ArrayBuffer {
    return this.#buffer;
  }

  get byteLength(): number {
    return this.#buffer.byteLength;
  }

  get isClosed(): boolean {
    return this.#closed;
  }

  /**
   * A descriptor of it, for `fds` of spawn() or for {@link FileDescriptor.send}. It may be given away:
   * the next access makes another one.
   */
  get descriptor(): FileDescriptor {
    if (this.#offered === undefined || !canBeGiven(this.#offered)) {
      this.#offered = this.#file.duplicate();
    }
    return this.#offered;
  }

  /**
   * Gives it back: the buffer and its views have no length any more, what waits for a lock in it here
   * rejects with EBADF, and what is held in it stays held until this program ends. Others keep it.
   */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    for (const end of this.#waits) end();
    this.#offered?.close();
    this.#file.close();
    platform().shared.unmap(this.#buffer);
  }

  [Symbol.dispose](): void {
    this.close();
  }

  /** Calls `end` when it is closed, while the pages are still there; for this room only. */
  static whileOpen(memory: SharedMemory, end: () => void): () => void {
    memory.#waits.add(end);
    return () => void memory.#waits.delete(end);
  }
}

/** In a message: another mapping of the same pages. */
const travels = travelsAs<SharedMemory>({
  name: 'SharedMemory',
  pack: ({ descriptor }) => platform().descriptors.duplicate(descriptor.fd),
  unpack: (fd) => memoryOf(ownerOf(fd, undefined)),
});

function memoryOf(file: FileDescriptor): SharedMemory {
  given = { file };
  try {
    return new SharedMemory(0);
  } finally {
    given = undefined;
  }
}

function make(bytes: number, { name }: SharedMemoryOptions): FileDescriptor {
  if (name === undefined) return ownerOf(platform().shared.create('', bytes), undefined);
  checkName(name);
  return ownerOf(openNamed(name, bytes, true), undefined);
}

function mapped(fd: number): ArrayBuffer {
  try {
    return platform().shared.map(fd);
  } catch (error) {
    if (!(error instanceof ProcessError) || error.code !== 'EINVAL') throw error;
    throw invalidValue('descriptor', fd, 'must be shared memory: a memfd that cannot shrink');
  }
}

function checkBytes(bytes: unknown): number {
  if (typeof bytes !== 'number') throw invalidType('bytes', 'a number', bytes);
  if (!Number.isSafeInteger(bytes) || bytes < 1 || bytes > constants.MAX_LENGTH) {
    throw outOfRange('bytes', `an integer from 1 to ${constants.MAX_LENGTH}`, bytes);
  }
  return bytes;
}

function checkOptions(options: unknown): SharedMemoryOptions {
  if (options === undefined) return {};
  if (typeof options !== 'object' || options === null) {
    throw invalidType('options', 'an object', options);
  }
  return options;
}

function checkName(name: unknown): void {
  if (typeof name !== 'string') throw invalidType('name', 'a string', name);
  if (!/^[\w.-]{1,64}$/.test(name)) {
    throw invalidValue('name', name, 'must be 1 to 64 letters, digits, dots, hyphens, underscores');
  }
}

/**
 * The standard streams of a fork server. Node makes each stream at its first use, of the kind that
 * the descriptor has then; a child's descriptors are others. So while modules are imported simpler
 * streams stand for them, which write at once to whatever is open, and in a child Node's own are made.
 */
import { writeSync } from 'node:fs';
import { Readable, Writable } from 'node:stream';

const names = ['stdin', 'stdout', 'stderr'] as const;
type Name = (typeof names)[number];

/** In a child of a fork server: those that nobody has asked for. */
const unmade = new Set<Name>();

/** Whether that stream does not even exist: nothing was written to it. */
export function isUnmade(name: Name): boolean {
  return unmade.has(name);
}

/** Puts simple streams in the place of the standard ones; what it returns puts Node's own back. */
export function holdStandardStreams(): () => void {
  const own = names.map((name) => Object.getOwnPropertyDescriptor(process, name)!);
  for (const [fd, name] of names.entries()) {
    let stream: Readable | Writable | undefined;
    define(name, () => (stream ??= fd === 0 ? nothing() : writerTo(fd)));
  }
  return () => {
    for (const [fd, name] of names.entries()) {
      unmade.add(name);
      define(name, () => {
        unmade.delete(name);
        Object.defineProperty(process, name, own[fd]!);
        return process[name];
      });
    }
    // The console keeps what it has once used.
    Object.assign(console, { _stdout: undefined, _stderr: undefined });
  };
}

function define(name: Name, get: () => unknown): void {
  Object.defineProperty(process, name, { configurable: true, enumerable: true, get });
}

function nothing(): Readable {
  return new Readable({
    read(): void {
      this.push(null);
    },
  });
}

function writerTo(fd: number): Writable {
  const stream = new Writable({
    decodeStrings: true,
    write(chunk: Buffer, _encoding, done): void {
      try {
        writeAll(fd, chunk);
        done();
      } catch (error) {
        done(error as Error);
      }
    },
  });
  return Object.assign(stream, { fd });
}

/** A pipe that is full and does not block is tried again: this is not the time to lose output. */
function writeAll(fd: number, chunk: Buffer): void {
  for (let at = 0; at < chunk.length;) {
    try {
      at += writeSync(fd, chunk, at);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') throw error;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1);
    }
  }
}

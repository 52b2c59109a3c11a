/**
 * process.stdin, stdout and stderr of a child in which only its entry runs: streams of its own over the
 * descriptors that it was given. What the parent had yet to write is the parent's.
 */
/* eslint-disable no-underscore-dangle -- the names are Node's */
import { createReadStream, fstatSync, writeSync } from 'node:fs';
import { Socket, type SocketConstructorOpts } from 'node:net';
import { Readable, Writable } from 'node:stream';
import { isatty, ReadStream as TerminalInput, WriteStream as TerminalOutput } from 'node:tty';

type Output = 'stdout' | 'stderr';

const outputs = [
  ['stdout', 1],
  ['stderr', 2],
] as const;

/** What Node's own streams of this kind have besides. */
type Marked<T> = T & { fd?: number; _isStdio?: boolean; destroySoon?: () => unknown };

/** Those of 0, 1 and 2 over which the parent had a stream. */
export interface ParentsStreams {
  /** It leads nowhere now. */
  readonly silenced: readonly number[];
  /** It led to the same place, and had nothing to write. */
  readonly idle: readonly number[];
}

export const noStreams: ParentsStreams = { silenced: [], idle: [] };

/**
 * Others than those that the parent had are left to Node, which makes a stream at the first use, or had
 * one that keeps nothing (for a file). On both sides: see platform/forked.ts.
 */
export function renewStandardStreams({ silenced, idle }: ParentsStreams, inChild: boolean): void {
  readHere('stdin');
  readHere('stdout');
  readHere('stderr');
  if (inChild) renew('stdin', () => input(0));
  for (const [name, fd] of outputs) {
    if (silenced.includes(fd) || (idle.includes(fd) && !goesOn(process[name]))) {
      renewOutput(name, fd);
    }
  }
}

/** Whether the parent's stream can be used as it is: nothing of the parent's is in it. */
function goesOn(stream: Writable): boolean {
  if (stream.writableLength > 0 || stream.writableCorked > 0) return false;
  for (const event of ['error', 'drain', 'close', 'finish', 'pipe', 'unpipe']) {
    stream.removeAllListeners(event);
  }
  return true;
}

function renewOutput(name: Output, fd: number): void {
  const before = process[name];
  renew(name, () => output(fd));
  forward(before, name);
  // The console keeps the stream that it has used.
  Object.defineProperty(console, `_${name}`, { get: () => process[name], configurable: true });
}

type Name = 'stdin' | Output;

/** What gives the streams: Node's own getters, or in a child ours. */
const getters = new Map<Name, () => unknown>();

/**
 * From the first fork on, on both sides, they are read by way of here: to define a property of process
 * anew takes a child of Node 26 longer than all the rest.
 */
function readHere(name: Name): void {
  if (getters.has(name)) return;
  const before = Object.getOwnPropertyDescriptor(process, name);
  getters.set(name, before?.get?.bind(process) ?? (() => before?.value as unknown));
  Object.defineProperty(process, name, {
    get: () => getters.get(name)?.(),
    // As Node has it: who puts a stream of their own there defines the property.
    configurable: true,
    enumerable: true,
  });
}

/** Made when first asked for. */
function renew(name: Name, make: () => Readable | Writable): void {
  let stream: Readable | Writable | undefined;
  getters.set(name, () => (stream ??= make()));
}

const forwarded = 'write end cork uncork on once addListener off removeListener'.split(' ');

/** Whoever kept the parent's stream writes over the new one: it led to the same place. */
function forward(before: Writable, name: Output): void {
  before.removeAllListeners();
  const own = before as unknown as Record<string, unknown>;
  for (const method of forwarded) {
    own[method] = (...args: never[]): unknown => {
      const now = process[name] as unknown as Record<string, (...all: never[]) => unknown>;
      const answer = now[method]?.(...args);
      return answer === now ? before : answer;
    };
  }
  Object.defineProperty(before, 'writableNeedDrain', {
    get: () => process[name].writableNeedDrain,
    configurable: true,
  });
}

type Kind = 'terminal' | 'connection' | 'file' | 'closed';

function kindOf(fd: number): Kind {
  if (isatty(fd)) return 'terminal';
  try {
    const status = fstatSync(fd);
    return status.isFIFO() || status.isSocket() ? 'connection' : 'file';
  } catch {
    return 'closed';
  }
}

function output(fd: number): Writable {
  const stream = outputOf(fd) as Marked<Writable>;
  stream.fd = fd;
  stream._isStdio = true;
  // As with Node's own: the descriptor stays open as long as the process lives.
  stream.destroySoon = () => stream.destroy();
  stream._destroy = (error, callback) => callback(error);
  return stream;
}

function outputOf(fd: number): Writable {
  switch (kindOf(fd)) {
    case 'terminal': {
      const terminal = new TerminalOutput(fd);
      process.on('SIGWINCH', () => {
        (terminal as unknown as { _refreshSize(): void })._refreshSize();
      });
      return terminal;
    }
    case 'connection':
      return new Socket({ fd, readable: false, writable: true });
    case 'file':
      return new Writable({ decodeStrings: true, write: writeAtOnce(fd) });
    case 'closed':
      return new Writable({ write: (_chunk, _encoding, callback) => callback() });
  }
}

/** So that nothing is lost when the process ends right after. */
function writeAtOnce(fd: number) {
  return (
    chunk: Uint8Array,
    _encoding: BufferEncoding,
    callback: (error?: Error | null) => void,
  ): void => {
    try {
      for (let left = chunk; left.length > 0;) left = left.subarray(writeSync(fd, left));
      callback();
    } catch (error) {
      callback(error as Error);
    }
  };
}

function input(fd: number): Readable {
  const stream = inputOf(fd) as Marked<Readable>;
  stream.fd = fd;
  stream._isStdio = true;
  return stream;
}

function inputOf(fd: number): Readable {
  switch (kindOf(fd)) {
    case 'terminal':
      return pausing(new TerminalInput(fd));
    case 'connection':
      return pausing(
        new Socket({
          fd,
          readable: true,
          writable: false,
          manualStart: true,
        } as SocketConstructorOpts),
      );
    case 'file':
      return createReadStream('', { fd, autoClose: false });
    case 'closed':
      return Readable.from([]);
  }
}

/** While nobody reads, it does not keep the event loop alive. */
function pausing(socket: Socket): Socket {
  const stop = (): void => {
    const { _handle: handle } = socket as unknown as {
      _handle?: { reading: boolean; readStop(): void };
    };
    if (handle?.reading !== true || socket.readableFlowing === true) return;
    handle.reading = false;
    handle.readStop();
  };
  socket.on('pause', () => process.nextTick(stop));
  return socket;
}

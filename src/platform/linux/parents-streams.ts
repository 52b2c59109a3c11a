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

/** What Node's own streams of this kind have besides. */
type Marked<T> = T & { fd?: number; _isStdio?: boolean; destroySoon?: () => unknown };

/**
 * `standard`: those of 0, 1 and 2 over which the parent had a stream. The others are left to Node, which
 * makes a stream at the first use, or had one that keeps nothing (for a file).
 */
export function renewStandardStreams(standard: readonly number[]): void {
  renew('stdin', () => input(0));
  if (standard.includes(1)) renewOutput('stdout', 1);
  if (standard.includes(2)) renewOutput('stderr', 2);
}

function renewOutput(name: Output, fd: number): void {
  const before = process[name];
  renew(name, () => output(fd));
  forward(before, name);
  // The console keeps the stream that it has used.
  Object.defineProperty(console, `_${name}`, { get: () => process[name], configurable: true });
}

/** Made when first asked for. */
function renew(name: 'stdin' | Output, make: () => Readable | Writable): void {
  let stream: Readable | Writable | undefined;
  Object.defineProperty(process, name, {
    get: () => (stream ??= make()),
    configurable: true,
    enumerable: true,
  });
}

const forwarded = [
  ...['write', 'end', 'cork', 'uncork'],
  ...['on', 'once', 'addListener', 'off', 'removeListener'],
];

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

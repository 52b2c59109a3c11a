/** What of this program goes on in a child in which otherwise only its entry runs. */
import { FileDescriptor } from '../descriptor/file-descriptor.ts';
import { invalidType, invalidValue } from '../errors.ts';
import { platform } from '../platform/select.ts';
import { checkInteger } from '../process/attribute-values.ts';

/** Something of this program that goes on in the child: a descriptor, or what has one. */
export type Kept = number | FileDescriptor | object;

/** The descriptors by which the child knows what is kept, checked. */
export function keptOf(keep: unknown): number[] {
  if (keep === undefined) return [];
  if (!Array.isArray(keep)) throw invalidType('options.keep', 'an array', keep);
  return keep.map((each: unknown, i) => descriptorOf(each, `options.keep[${i}]`));
}

const highestDescriptor = 0x7fff_ffff;
const keepable = 'a descriptor, a FileDescriptor, or a server, socket or stream';

function descriptorOf(value: unknown, name: string): number {
  if (typeof value === 'number')
    return checkOpen(checkInteger(value, name, 0, highestDescriptor), name);
  if (typeof value !== 'object' || value === null) throw invalidType(name, keepable, value);
  if (value instanceof FileDescriptor) return value.fd;
  const fd = handleOf(value)?.fd ?? (value as { fd?: unknown }).fd;
  if (typeof fd === 'number' && fd >= 0) return fd;
  if (fd === undefined && !('_handle' in value || 'fd' in value || 'socket' in value)) {
    throw invalidType(name, keepable, value);
  }
  throw invalidValue(name, value, 'must be open');
}

function checkOpen(fd: number, name: string): number {
  try {
    platform().descriptors.type(fd);
    return fd;
  } catch {
    throw invalidValue(name, fd, 'must be an open descriptor');
  }
}

/** Of a server or a socket its own, of a request or a response that of its socket. */
function handleOf(value: object): { fd?: unknown } | undefined {
  const { handle: inner } = stateOf(value) as { handle?: { fd?: unknown } };
  // There, the other name is a deprecated one.
  if (inner !== undefined) return inner;
  const { _handle: handle, socket } = value as { _handle?: unknown; socket?: unknown };
  if (typeof handle === 'object' && handle !== null) return handle;
  return typeof socket === 'object' && socket !== null && socket !== value
    ? handleOf(socket)
    : undefined;
}

/** Where node:dgram has its handle. */
function stateOf(value: object): object {
  for (const key of Object.getOwnPropertySymbols(value)) {
    if (key.description !== 'state symbol') continue;
    return ((value as Record<symbol, unknown>)[key] as object | undefined) ?? {};
  }
  return {};
}

interface Timed {
  readonly timeout?: unknown;
  setTimeout?(ms: number): unknown;
}

/**
 * In the child: the timers of what is kept go on as well. A socket has one for its time-out, a server of
 * node:http one that looks for connections that take too long.
 */
export function goOn(keep: readonly Kept[]): void {
  for (const each of keep) {
    if (typeof each !== 'object' || each instanceof FileDescriptor) continue;
    const { timeout } = each as Timed;
    if ('remoteAddress' in each && typeof timeout === 'number' && timeout > 0) {
      (each as Timed).setTimeout?.(timeout);
    }
    for (const key of Object.getOwnPropertySymbols(each)) {
      if (key.description !== 'http.server.connectionsCheckingInterval') continue;
      (each as Record<symbol, NodeJS.Timeout | undefined>)[key]?.refresh();
    }
  }
}

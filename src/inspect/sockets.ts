/** The sockets of a network namespace by their inodes. Source: /proc/PID/net/tcp, udp, unix. */
import { endianness } from 'node:os';

import { textOf } from './bytes.ts';

/** What is known of a socket. */
export interface SocketInfo {
  readonly family: 'unix' | 'ipv4' | 'ipv6' | 'other';
  readonly type: 'stream' | 'datagram' | 'sequenced' | 'other';
  /** '127.0.0.1:80', '[::1]:80'; of unix sockets the path ('@…': an abstract one); '' for none. */
  readonly local: string;
  /** The same of the other side. */
  readonly remote: string;
  /** As in netstat(8): 'listening', 'established', 'closing', …; 'unconnected' for the rest. */
  readonly state: string;
  readonly inode: number;
}

/** The files of /proc/PID/net that are read. */
export const socketItems: readonly string[] = [
  'net/tcp',
  'net/tcp6',
  'net/udp',
  'net/udp6',
  'net/unix',
];

const inetStates: ReadonlyMap<number, string> = new Map([
  [1, 'established'],
  [2, 'connecting'],
  [3, 'accepting'],
  [4, 'closing'],
  [5, 'closing'],
  [6, 'closing'],
  [7, 'unconnected'],
  [8, 'half closed'],
  [9, 'closing'],
  [10, 'listening'],
  [11, 'closing'],
]);

const inetRow =
  /^ *\d+: ([\dA-F]{8,32}):([\dA-F]{4}) ([\dA-F]{8,32}):([\dA-F]{4}) ([\dA-F]{2}) \S+ \S+ \S+ +\d+ +\d+ (\d+) /;

/** The rows of net/tcp, tcp6, udp or udp6. */
export function parseInet(bytes: Buffer, type: 'stream' | 'datagram'): SocketInfo[] {
  const sockets: SocketInfo[] = [];
  for (const line of bytes.toString('latin1').split('\n')) {
    const [, local, localPort, remote, remotePort, state, inode] = inetRow.exec(line) ?? [];
    if (local === undefined || remote === undefined) continue;
    if (localPort === undefined || remotePort === undefined || state === undefined) continue;
    if (local.length !== remote.length || (local.length !== 8 && local.length !== 32)) continue;
    const number = Number.parseInt(state, 16);
    sockets.push({
      family: local.length === 8 ? 'ipv4' : 'ipv6',
      type,
      local: endpoint(local, localPort),
      remote: number === 10 || /^0+$/.test(remote) ? '' : endpoint(remote, remotePort),
      state: inetStates.get(number) ?? 'unconnected',
      inode: Number(inode),
    });
  }
  return sockets;
}

/** Addresses stand there as 32-bit words in the order of the machine. */
function endpoint(hex: string, port: string): string {
  const bytes = Buffer.from(hex, 'hex');
  if (endianness() === 'LE') bytes.swap32();
  const number = Number.parseInt(port, 16);
  if (bytes.length === 4) return `${bytes.join('.')}:${number}`;
  const isMapped = bytes.readUInt32BE(8) === 0xffff && /^0{16}/.test(bytes.toString('hex'));
  // An IPv4 address in IPv6's clothes: the peer of it has it without them.
  if (isMapped) return `${bytes.subarray(12).join('.')}:${number}`;
  const words = Array.from({ length: 8 }, (_, at) => bytes.readUInt16BE(2 * at).toString(16));
  return `[${shortened(words)}]:${number}`;
}

/** Leaves out the longest run of zeros, as RFC 5952 has it. */
function shortened(words: readonly string[]): string {
  let [start, length] = [0, 0];
  for (let from = 0; from < words.length; from++) {
    let to = from;
    while (words[to] === '0') to++;
    if (to - from > length) [start, length] = [from, to - from];
  }
  if (length < 2) return words.join(':');
  return `${words.slice(0, start).join(':')}::${words.slice(start + length).join(':')}`;
}

const unixRow =
  /^[\da-f]+: [\dA-F]{8} [\dA-F]{8} ([\dA-F]{8}) ([\dA-F]{4}) ([\dA-F]{2}) +(\d+)(?: (.*))?$/;
const unixTypes: ReadonlyMap<string, SocketInfo['type']> = new Map([
  ['0001', 'stream'],
  ['0002', 'datagram'],
  ['0005', 'sequenced'],
]);
/** __SO_ACCEPTCON among the flags. */
const accepting = 0x10000;

/** The rows of net/unix; its peers are known to the kernel alone. */
export function parseUnix(bytes: Buffer): SocketInfo[] {
  const sockets: SocketInfo[] = [];
  for (const line of bytes.toString('latin1').split('\n')) {
    const [, flags, type, state, inode, path] = unixRow.exec(line) ?? [];
    if (flags === undefined || type === undefined) continue;
    const isListening = (Number.parseInt(flags, 16) & accepting) !== 0;
    sockets.push({
      family: 'unix',
      type: unixTypes.get(type) ?? 'other',
      local: textOf(Buffer.from(path ?? '', 'latin1')),
      remote: '',
      state: isListening ? 'listening' : state === '03' ? 'established' : 'unconnected',
      inode: Number(inode),
    });
  }
  return sockets;
}

/** All sockets in what was read of `socketItems`; a file that is missing has none. */
export function socketsIn(pieces: readonly (Buffer | number)[]): SocketInfo[] {
  return pieces.flatMap((piece, at) => {
    if (typeof piece === 'number') return [];
    if (at === socketItems.length - 1) return parseUnix(piece);
    return parseInet(piece, at < 2 ? 'stream' : 'datagram');
  });
}

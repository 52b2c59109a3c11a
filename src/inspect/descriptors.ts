/** The open files of a process. Source: /proc/PID/fd, /proc/PID/fdinfo (Linux 2.6.22). */
import { constants } from 'node:fs';
import { constants as system } from 'node:os';

import type { Entry } from '../platform/platform.ts';
import { integersOf, textOf } from './bytes.ts';
import { terminalName } from './identity.ts';
import { denied, type Known, mapKnown } from './missing.ts';
import type { SocketInfo } from './sockets.ts';
import type { Sources } from './sources.ts';

/** What is open there. */
export type OpenFileType =
  | 'file'
  | 'directory'
  | 'pipe'
  | 'fifo'
  | 'socket'
  | 'terminal'
  | 'characterDevice'
  | 'blockDevice'
  | 'epoll'
  | 'eventfd'
  | 'inotify'
  | 'memfd'
  | 'pidfd'
  | 'signalfd'
  | 'timerfd'
  | 'other';

/** A descriptor that a process holds. */
export interface DescriptorHolder {
  readonly pid: number;
  readonly fd: number;
  readonly access: 'read' | 'write' | 'both';
}

/** Who holds the other end of a pipe or a socket. */
export interface OtherEnd {
  /** Descriptors of processes of this machine. Empty: nobody, but for what `unseen` may hold. */
  readonly holders: readonly DescriptorHolder[];
  /** How many processes could not be looked into: not by this user. */
  readonly unseen: number;
  /** Where it is: a connection may lead to another machine, or into another network namespace. */
  readonly where: 'here' | 'elsewhere';
}

/** An open descriptor of a process. */
export interface DescriptorInfo {
  readonly fd: number;
  readonly type: OpenFileType;
  /** A path, or what the kernel calls it: 'pipe:[1234]', 'socket:[1234]', 'anon_inode:[eventfd]'. */
  readonly target: string;
  /** Whether its path is not there any more. */
  readonly isDeleted: boolean;
  readonly access: 'read' | 'write' | 'both' | 'path';
  /** Of open(2) and fcntl(2), by name, without those of the access. */
  readonly flags: readonly string[];
  readonly closeOnExec: boolean;
  /** Where the next byte is read or written. */
  readonly offset: number;
  /** The number of the file, within its device. */
  readonly inode: number;
  /** 'major:minor' of the device that the file is on. */
  readonly device: string;
  /** Bytes, of files. */
  readonly size: number | undefined;
  /** The process that a pidfd stands for; -1: it has ended. */
  readonly process?: number;
  /** The descriptors that an epoll descriptor watches. */
  readonly watched?: readonly number[];
  readonly socket?: Known<SocketInfo>;
  /** Of a pipe, a FIFO, a socket pair and a connected socket. */
  readonly otherEnd?: Known<OtherEnd>;
}

const { EACCES, EPERM } = system.errno;
const accessModes = ['read', 'write', 'both', 'both'] as const;
/** Those that the C library of another machine may number otherwise come from this one's. */
const flagNumbers: readonly (readonly [string, number])[] = [
  ['O_APPEND', constants.O_APPEND],
  ['O_NONBLOCK', constants.O_NONBLOCK],
  ['O_DSYNC', constants.O_DSYNC],
  ['O_ASYNC', 0o20_000],
  ['O_DIRECT', constants.O_DIRECT],
  ['O_DIRECTORY', constants.O_DIRECTORY],
  ['O_NOFOLLOW', constants.O_NOFOLLOW],
  ['O_NOATIME', constants.O_NOATIME],
  ['O_CLOEXEC', 0o2_000_000],
  ['O_PATH', 0o10_000_000],
];
const pathOnly = 0o10_000_000;
const closeOnExec = 0o2_000_000;

const kinds = new Map<number, OpenFileType>([
  [constants.S_IFREG, 'file'],
  [constants.S_IFDIR, 'directory'],
  [constants.S_IFIFO, 'fifo'],
  [constants.S_IFSOCK, 'socket'],
  [constants.S_IFCHR, 'characterDevice'],
  [constants.S_IFBLK, 'blockDevice'],
]);
const anonymous = new Map<string, OpenFileType>([
  ['eventpoll', 'epoll'],
  ['eventfd', 'eventfd'],
  ['inotify', 'inotify'],
  ['pidfd', 'pidfd'],
  ['signalfd', 'signalfd'],
  ['timerfd', 'timerfd'],
]);

/** The pieces of each descriptor: link, status, fdinfo. */
const pieceCount = 3;

/** The group `descriptors`, without sockets and other ends. */
export function readDescriptors(sources: Sources): Known<DescriptorInfo[]> {
  const without = sources.noMemory();
  if (without !== undefined) return 'unsupported' in without ? [] : without;
  return mapKnown(sources.entries('fd/', pieceCount), (entries): Known<DescriptorInfo[]> => {
    // Root may list the descriptors of a program that nobody may look into, but not where they lead.
    if (entries.some(({ pieces: [link] }) => link === EACCES || link === EPERM)) {
      return denied('fd: where the descriptors lead may not be read (EACCES)');
    }
    return entries.flatMap((entry) => describe(entry) ?? []).toSorted((a, b) => a.fd - b.fd);
  });
}

/** undefined: it was closed since the folder was read. */
function describe({ number, pieces: [link, status, info] }: Entry): DescriptorInfo | undefined {
  if (!Buffer.isBuffer(link) || !Buffer.isBuffer(status) || !Buffer.isBuffer(info)) {
    return undefined;
  }
  const target = textOf(link.subarray(1));
  const [mode = 0, inode = 0, major = 0, minor = 0, rdevMajor = 0, rdevMinor = 0, , size] =
    integersOf(status.toString('latin1')) ?? [];
  const lines = info.toString('latin1');
  const flags = Number.parseInt(valueOf(lines, 'flags', /^[0-7]{1,11}$/) ?? '0', 8);
  const type = typeOf(target, mode & constants.S_IFMT, [rdevMajor, rdevMinor]);
  return {
    fd: number,
    type,
    target,
    isDeleted: link[0] === 0x64 && type !== 'memfd',
    access: (flags & pathOnly) !== 0 ? 'path' : (accessModes[flags & 3] ?? 'both'),
    flags: flagNumbers.filter(([, bit]) => (flags & bit) === bit).map(([name]) => name),
    closeOnExec: (flags & closeOnExec) !== 0,
    offset: Number(valueOf(lines, 'pos', /^\d{1,20}$/) ?? 0),
    inode,
    device: `${major}:${minor}`,
    size: type === 'file' || type === 'memfd' ? size : undefined,
    ...(type === 'pidfd' ? { process: Number(valueOf(lines, 'Pid', /^-?\d{1,10}$/) ?? -1) } : {}),
    ...(type === 'epoll' ? { watched: watchedIn(lines) } : {}),
  };
}

/** The value of a line of fdinfo, if it is what it should be. */
function valueOf(lines: string, name: string, pattern: RegExp): string | undefined {
  const [, value] = new RegExp(`^${name}:\\s*(.*)$`, 'm').exec(lines) ?? [];
  return value !== undefined && pattern.test(value) ? value : undefined;
}

function watchedIn(lines: string): number[] {
  return [...lines.matchAll(/^tfd: +(\d{1,10}) /gm)].map((match) => Number(match[1]));
}

function typeOf(target: string, format: number, device: readonly [number, number]): OpenFileType {
  const [, name] = /^anon_inode:\[?([\w-]+)/.exec(target) ?? [];
  if (name !== undefined && !target.startsWith('/')) return anonymous.get(name) ?? 'other';
  if (target.startsWith('/memfd:')) return 'memfd';
  const kind = kinds.get(format) ?? 'other';
  if (kind === 'fifo' && target.startsWith('pipe:[')) return 'pipe';
  if (kind === 'characterDevice') {
    const [major, minor] = device;
    const packed = ((minor & 0xfff00) << 12) | (major << 8) | (minor & 0xff);
    const isTerminal = major === 5 || (terminalName(packed) ?? '').startsWith('/');
    return isTerminal ? 'terminal' : kind;
  }
  return kind;
}

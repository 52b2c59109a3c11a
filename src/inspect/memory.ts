/**
 * The memory of a process. Sizes are bytes. Source: /proc/PID/status, /proc/PID/smaps (Linux 2.6.14),
 * proc_pid_smaps(5).
 */
import { gone, type Known, mapKnown } from './missing.ts';
import { type Mapping, parseSmaps, sumSizes } from './smaps.ts';
import { malformed, orUnsupported, type Sources } from './sources.ts';
import type { Status } from './status.ts';

/** How the pages of a process, or of a region, are used. */
export interface PageUse {
  /** Resident: in memory now. */
  readonly rss: number;
  /** Its proportional share: each page divided by how many processes map it. */
  readonly pss: number;
  /** Its unique share: what would be free if it ended. */
  readonly uss: number;
  /** Mapped by other processes too, and as it is in its file; */
  readonly sharedClean: number;
  /** and changed, or without a file. */
  readonly sharedDirty: number;
  readonly privateClean: number;
  readonly privateDirty: number;
  /** Without a file, or a private copy of a part of one. */
  readonly anonymous: number;
  /** Used since the mark was last cleared. */
  readonly referenced: number;
  readonly swap: number;
  /** Its proportional share of what is swapped out. Linux 4.3. */
  readonly swapPss: number;
  /** Locked in memory (mlock), as its proportional share. */
  readonly locked: number;
}

/** A stretch of addresses that has one purpose. */
export interface Region extends PageUse {
  readonly start: number;
  readonly end: number;
  /** `end - start` */
  readonly size: number;
  readonly readable: boolean;
  readonly writable: boolean;
  readonly executable: boolean;
  /** Changes are seen by others that map it; otherwise they are copied on write. */
  readonly shared: boolean;
  /** The path of its file, a name such as '[heap]' or '[stack]', or '' for memory without one. */
  readonly path: string;
  /** Where in its file it begins. */
  readonly offset: number;
  /** '08:01', and the number of the file there; 0 for none. */
  readonly device: string;
  readonly inode: number;
  /** Two letters each as the kernel has them ('rd', 'wr', 'dc': not copied by fork). Linux 3.8. */
  readonly flags: readonly string[];
}

/** What copy-on-write has saved and cost: private memory without a file, such as heap and stack. */
export interface CopyOnWrite {
  /** Still the same pages as in the parent, or in children: nobody has written to them since the fork. */
  readonly shared: number;
  /** Its own: written to by it, or there since nobody else has them (any more). */
  readonly copied: number;
}

/** The memory of a process. */
export interface Memory {
  readonly rss: Known<number>;
  /** The most that was ever resident. */
  readonly peakRss: Known<number>;
  /** Resident, by kind. Linux 4.5. */
  readonly rssAnonymous: Known<number>;
  readonly rssFile: Known<number>;
  readonly rssShared: Known<number>;
  /** All addresses in use, with or without memory behind them. */
  readonly virtual: Known<number>;
  readonly peakVirtual: Known<number>;
  readonly data: Known<number>;
  readonly stack: Known<number>;
  /** The code of the program, */
  readonly text: Known<number>;
  /** and of its libraries. */
  readonly libraries: Known<number>;
  readonly pageTables: Known<number>;
  readonly locked: Known<number>;
  readonly swap: Known<number>;
  /** Faults that needed no device, and those that did: /proc/PID/stat. */
  readonly minorFaults: number;
  readonly majorFaults: number;
  /** See {@link PageUse}; all from one reading of the regions. */
  readonly pss: Known<number>;
  readonly uss: Known<number>;
  readonly sharedClean: Known<number>;
  readonly sharedDirty: Known<number>;
  readonly privateClean: Known<number>;
  readonly privateDirty: Known<number>;
  readonly swapPss: Known<number>;
  /** What a fork still shares with its relatives, and what it does not. */
  readonly copyOnWrite: Known<CopyOnWrite>;
  readonly regions: Known<readonly Region[]>;
}

const statusNames = {
  rss: 'VmRSS',
  peakRss: 'VmHWM',
  rssAnonymous: 'RssAnon',
  rssFile: 'RssFile',
  rssShared: 'RssShmem',
  virtual: 'VmSize',
  peakVirtual: 'VmPeak',
  data: 'VmData',
  stack: 'VmStk',
  text: 'VmExe',
  libraries: 'VmLib',
  pageTables: 'VmPTE',
  locked: 'VmLck',
  swap: 'VmSwap',
} as const;

/** The group `memory`. */
export function readMemory(sources: Sources): Memory {
  const mappings = mapKnown(sources.ofMemory('smaps'), (bytes): Known<Mapping[]> => {
    // A program always has some: none is what is left of one that is ending.
    if (bytes.length === 0) return gone('it is ending, and has given up its memory');
    return orMalformed(parseSmaps(bytes), 'smaps');
  });
  const use = mapKnown(mappings, (list) => pageUse(sumSizes(list)));
  const part = (name: keyof PageUse): Known<number> => mapKnown(use, (sums) => sums[name]);
  const fromStatus = Object.fromEntries(
    Object.entries(statusNames).map(([name, line]) => [name, readSize(sources, line)]),
  ) as unknown as Record<keyof typeof statusNames, Known<number>>;
  return {
    ...fromStatus,
    minorFaults: sources.stat.sure(10),
    majorFaults: sources.stat.sure(12),
    pss: part('pss'),
    uss: part('uss'),
    sharedClean: part('sharedClean'),
    sharedDirty: part('sharedDirty'),
    privateClean: part('privateClean'),
    privateDirty: part('privateDirty'),
    swapPss: part('swapPss'),
    copyOnWrite: mapKnown(mappings, copyOnWrite),
    regions: mapKnown(mappings, (list) => list.map(regionOf)),
  };
}

/** A size of /proc/PID/status, in bytes. */
export function readSize(sources: Sources, line: string): Known<number> {
  const without = sources.noMemory();
  if (without !== undefined) return without;
  return mapKnown(sources.status, (status: Status) => {
    if (status.text('VmSize') === undefined)
      return gone('it is ending, and has given up its memory');
    return orUnsupported(status.bytes(line), `this kernel has no ${line} in /proc/PID/status`);
  });
}

/** One of the sums that cost less than all regions. Source: /proc/PID/smaps_rollup, Linux 4.14. */
export function readShare(sources: Sources, name: 'pss' | 'uss'): Known<number> {
  return mapKnown(sources.ofMemory('smaps_rollup'), (bytes): Known<number> => {
    if (bytes.length === 0) return gone('it is ending, and has given up its memory');
    const mappings = parseSmaps(bytes);
    if (mappings === undefined || mappings.length !== 1) return malformed('smaps_rollup');
    return pageUse(sumSizes(mappings))[name];
  });
}

function orMalformed<T>(value: T | undefined, item: string): Known<T> {
  return value === undefined ? malformed(item) : value;
}

function pageUse(sizes: ReadonlyMap<string, number>): PageUse {
  const size = (name: string): number => sizes.get(name) ?? 0;
  return {
    rss: size('Rss'),
    pss: size('Pss'),
    uss: size('Private_Clean') + size('Private_Dirty'),
    sharedClean: size('Shared_Clean'),
    sharedDirty: size('Shared_Dirty'),
    privateClean: size('Private_Clean'),
    privateDirty: size('Private_Dirty'),
    anonymous: size('Anonymous'),
    referenced: size('Referenced'),
    swap: size('Swap'),
    swapPss: size('SwapPss'),
    locked: size('Locked'),
  };
}

function copyOnWrite(mappings: readonly Mapping[]): CopyOnWrite {
  // Pages of a file are shared for other reasons than a fork.
  const use = pageUse(
    sumSizes(mappings.filter(({ permissions, inode }) => permissions[3] === 'p' && inode === 0)),
  );
  return {
    shared: use.sharedClean + use.sharedDirty,
    copied: use.privateClean + use.privateDirty,
  };
}

function regionOf(mapping: Mapping): Region {
  const { permissions, sizes, start, end } = mapping;
  return {
    start,
    end,
    size: end - start,
    readable: permissions[0] === 'r',
    writable: permissions[1] === 'w',
    executable: permissions[2] === 'x',
    shared: permissions[3] === 's',
    path: mapping.path,
    offset: mapping.offset,
    device: mapping.device,
    inode: mapping.inode,
    flags: mapping.flags,
    ...pageUse(sizes),
  };
}

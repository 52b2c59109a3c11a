/** /proc/PID/smaps and smaps_rollup, taken apart. Source: proc_pid_smaps(5), Linux 2.6.14 and 4.14. */
import { textOf } from './bytes.ts';

const bytesInKib = 1024;

/** One region of memory, and its sizes by the names that the kernel gives them, in bytes. */
export interface Mapping {
  readonly start: number;
  readonly end: number;
  /** Such as 'r-xp': read, write, execute, and private or shared. */
  readonly permissions: string;
  readonly offset: number;
  /** '08:01' */
  readonly device: string;
  readonly inode: number;
  /** A path, a name such as '[heap]', or '' for memory without a name. */
  readonly path: string;
  readonly sizes: ReadonlyMap<string, number>;
  /** Two letters each, such as 'rd', 'wr', 'dd'. Linux 3.8. */
  readonly flags: readonly string[];
}

const header =
  /^([\da-f]{1,16})-([\da-f]{1,16}) ([r-][w-][x-][ps]) ([\da-f]{1,16}) ([\da-f]+:[\da-f]+) (\d{1,20})(?: +(.*))?$/;
const size = /^(\w+): +(\d{1,16}) kB$/;

/** All regions, in the order of their addresses; undefined if a line is not as it should be. */
export function parseSmaps(bytes: Buffer): Mapping[] | undefined {
  const mappings: Mapping[] = [];
  let sizes = new Map<string, number>();
  let flags: string[] = [];
  // Paths hold any byte but a line feed, which stands there as '\012'.
  for (const line of bytes.toString('latin1').split('\n')) {
    const [, name, kib] = size.exec(line) ?? [];
    if (name !== undefined) {
      if (mappings.length === 0) return undefined;
      sizes.set(name, Number(kib) * bytesInKib);
      continue;
    }
    const match = header.exec(line);
    if (match !== null) {
      sizes = new Map();
      flags = [];
      mappings.push(mappingOf(match, sizes, flags));
    } else if (line.startsWith('VmFlags: ')) {
      flags.push(...line.slice(9).split(' ').filter(Boolean));
    } else if (line !== '' && !/^\w+: +\S/.test(line)) {
      return undefined;
    }
  }
  return mappings;
}

function mappingOf(
  match: RegExpExecArray,
  sizes: ReadonlyMap<string, number>,
  flags: readonly string[],
): Mapping {
  const [, start, end, permissions, offset, device, inode, path] = match as unknown as string[];
  return {
    start: Number.parseInt(start as string, 16),
    end: Number.parseInt(end as string, 16),
    permissions: permissions as string,
    offset: Number.parseInt(offset as string, 16),
    device: device as string,
    inode: Number(inode),
    path: textOf(Buffer.from(path ?? '', 'latin1')),
    sizes,
    flags,
  };
}

/** The sums over several regions, by the names of the kernel. */
export function sumSizes(mappings: readonly Mapping[]): Map<string, number> {
  const sums = new Map<string, number>();
  for (const { sizes } of mappings) {
    for (const [name, bytes] of sizes) sums.set(name, (sums.get(name) ?? 0) + bytes);
  }
  return sums;
}

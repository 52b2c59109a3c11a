/** What a child used, as the kernel counted it for this one child. */

/**
 * Resource usage of one child. Source: getrusage(2), wait4(2).
 *
 * @example
 * ```ts
 * import { spawn } from 'brood';
 * const child = await spawn('true');
 * const { usage } = await child.wait();
 * console.log(usage?.userMs, usage?.systemMs);
 * ```
 */
export interface ResourceUsage {
  /** Processor time in its own code, in milliseconds. */
  readonly userMs: number;
  /** Processor time the kernel spent for it, in milliseconds. */
  readonly systemMs: number;
  /**
   * The largest resident set, in bytes. Not the child's own peak: the count starts at the size of the
   * process that created it, so a small child of a big parent shows the size of the parent.
   */
  readonly maxRss: number;
  /** Page faults served without input or output. */
  readonly minorFaults: number;
  /** Page faults that had to read from a disk. */
  readonly majorFaults: number;
  /** Blocks of 512 bytes read from disks. */
  readonly blocksIn: number;
  /** Blocks of 512 bytes written to disks. */
  readonly blocksOut: number;
  /** How often it gave up the processor to wait for something. */
  readonly voluntarySwitches: number;
  /** How often the processor was taken from it. */
  readonly involuntarySwitches: number;
}

/**
 * Brings the numbers of the kernel into units: user and system time in microseconds, maxrss in KiB,
 * then faults, blocks and switches.
 */
export function resourceUsage(raw: readonly number[]): ResourceUsage {
  const at = (index: number): number => raw[index] ?? 0;
  return Object.freeze({
    userMs: at(0) / 1000,
    systemMs: at(1) / 1000,
    maxRss: at(2) * 1024,
    minorFaults: at(3),
    majorFaults: at(4),
    blocksIn: at(5),
    blocksOut: at(6),
    voluntarySwitches: at(7),
    involuntarySwitches: at(8),
  });
}

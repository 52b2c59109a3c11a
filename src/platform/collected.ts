/** An output of a child that a platform keeps in memory as it comes. Part of the contract of platform.ts. */
export interface Collected {
  /** Whether there was more than was to be kept. */
  readonly truncated: boolean;
  /** Calls back whenever something has come. */
  onArrival(listener: () => void): void;
  /**
   * What was kept, in one piece. It is given away: to be called once, and at the end. Throws a
   * ProcessError if there was no memory for it.
   */
  bytes(): Buffer;
}

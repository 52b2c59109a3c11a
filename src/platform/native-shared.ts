/** The part of the addon that has memory between processes; the rest is in binding.ts. */

/** What addon.cc registers of it, by the file of native/ that has it. */
export interface NativeShared {
  // shared_memory.cc
  createMemory(name: string, bytes: number): number;
  mapMemory(fd: number): ArrayBuffer;
  unmapMemory(buffer: ArrayBuffer): void;
  /** Whether this program alone has the name now, until the descriptor is closed; undefined: no. */
  reserveName(name: string): number | undefined;
  // shared_record_js.cc: numbers as in shared-records.ts
  prepareRecord(
    buffer: ArrayBuffer,
    offset: number,
    ...plan: readonly [
      kind: number,
      slots: number,
      shares: number,
      total: number,
      most: number,
      bytes: number,
    ]
  ): number;
  /**
   * The outcome, or the message that was taken. `flags`: 1 leave, 2 tend, 4 block for `blockMs` (-1: no
   * bound). `said` is filled in: place, who died, value.
   */
  askRecord(
    buffer: ArrayBuffer,
    offset: number,
    operation: number,
    count: number,
    slot: number,
    flags: number,
    blockMs: number,
    said: Float64Array,
    data: Uint8Array | undefined,
  ): number | Buffer;
  // futex_watch_js.cc
  /** Calls back once; returns a token for unwatchWord. Slot -1: the state of an event. */
  watchWord(
    buffer: ArrayBuffer,
    record: number,
    slot: number,
    expected: number,
    callback: () => void,
  ): number;
  unwatchWord(token: number): void;
}

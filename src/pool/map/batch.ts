/** What travels between a run of map() and its processes. */
import type { CodedThrow } from '../../channel/error-codec.ts';

/** The items `from` up to, and without, `to`. */
export interface Batch {
  readonly from: number;
  readonly to: number;
  /** The items themselves, where the process has not inherited them. */
  readonly items: readonly unknown[] | undefined;
}

/** What came of a batch. What it says nothing of is given back, and to be done anew. */
export interface Answer {
  readonly from: number;
  /** So many items were done. */
  readonly count: number;
  /** Their results; undefined where nobody wants them. */
  readonly values: readonly unknown[] | undefined;
  /** Milliseconds that they took. */
  readonly ms: number;
  /** About how many bytes the results are. */
  readonly weight: number;
  /** What the item after them has thrown. */
  readonly thrown: CodedThrow | undefined;
}

/** A part of a batch. */
export function part({ from, items }: Batch, start: number, end: number): Batch {
  return { from: start, to: end, items: items?.slice(start - from, end - from) };
}

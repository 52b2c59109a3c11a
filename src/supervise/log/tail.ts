/** The last lines of each child, kept in a bounded piece of memory for who asks later. */
import { Batch, type LogSink } from './batch.ts';

/** What is kept of each child, in bytes. */
const kept = 256 * 1024;

/** A line that was kept. */
export interface KeptLine {
  readonly name: string;
  readonly instance: number;
  readonly stream: 'stdout' | 'stderr';
  /** Milliseconds since the epoch. */
  readonly at: number;
  readonly line: string;
}

/** The sink that keeps them. */
export class Tail implements LogSink {
  readonly #batches = new Map<string, Batch[]>();
  readonly #sizes = new Map<string, number>();

  write(batch: Batch): undefined {
    const { name, instance } = batch.speaker;
    const key = `${name}.${instance}`;
    const batches = this.#batches.get(key) ?? [];
    this.#batches.set(key, batches);
    batches.push(new Batch(batch.speaker, batch.pid, batch.stream, shortened(batch.bytes)));
    let size = (this.#sizes.get(key) ?? 0) + (batches.at(-1) as Batch).bytes.length;
    while (size > kept && batches.length > 1) size -= (batches.shift() as Batch).bytes.length;
    this.#sizes.set(key, size);
  }

  /** The last lines of those for which `wanted` is true, in the order in which they came. */
  last(count: number, wanted: (name: string, instance: number) => boolean): KeptLine[] {
    const batches = [...this.#batches.values()]
      .flat()
      .filter(({ speaker }) => wanted(speaker.name, speaker.instance))
      .toSorted((a, b) => a.at - b.at);
    const lines = batches.flatMap(({ speaker, stream, at, lines: texts }) =>
      texts.map((line) => ({
        name: speaker.name,
        instance: speaker.instance,
        stream,
        at,
        line,
      })),
    );
    return count === 0 ? [] : lines.slice(-count);
  }

  flush(): Promise<void> {
    return Promise.resolve();
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}

/** A copy of its own memory, of no more than is kept, from a whole line on. */
function shortened(bytes: Buffer): Buffer {
  if (bytes.length <= kept) return Buffer.from(bytes);
  const from = bytes.indexOf(0x0a, bytes.length - kept) + 1;
  return Buffer.from(bytes.subarray(from === bytes.length ? bytes.length - kept : from));
}

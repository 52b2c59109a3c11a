/** Some lines of one child, on their way. */
import type { CheckedChild } from '../checked-child.ts';
import { eachLine } from './whole-lines.ts';

/** Whose lines they are. */
export interface Speaker {
  readonly name: string;
  readonly instance: number;
  /** The name as it stands in front of lines: with the number where there are several. */
  readonly label: string;
}

/** The name of an instance in front of lines. */
export function speakerOf({ name, instances }: CheckedChild, number: number): Speaker {
  const isOne = instances === 1 && number === 1;
  return { name, instance: number, label: isOne ? name : `${name}.${number}` };
}

/** Whole lines that came together. */
export class Batch {
  readonly speaker: Speaker;
  readonly pid: number | undefined;
  readonly stream: 'stdout' | 'stderr';
  /** Each line with its line feed. */
  readonly bytes: Buffer;
  /** When they came, in milliseconds since the epoch. */
  readonly at: number = Date.now();
  #lines: string[] | undefined;

  constructor(
    speaker: Speaker,
    pid: number | undefined,
    stream: 'stdout' | 'stderr',
    bytes: Buffer,
  ) {
    this.speaker = speaker;
    this.pid = pid;
    this.stream = stream;
    this.bytes = bytes;
  }

  /** As text; made when it is first asked for. */
  get lines(): readonly string[] {
    if (this.#lines === undefined) {
      const lines: string[] = [];
      eachLine(this.bytes, (line) => lines.push(line));
      this.#lines = lines;
    }
    return this.#lines;
  }
}

/** Where lines go. */
export interface LogSink {
  /** Takes lines. A promise: it has enough for now, and takes the next ones when that resolves. */
  write(batch: Batch): Promise<void> | undefined;
  /** Resolves when all is written, or known to be lost. */
  flush(): Promise<void>;
  /** Nothing will come any more. */
  close(): Promise<void>;
}

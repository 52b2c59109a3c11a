/** What lines look like where they go. */
import { stripVTControlCharacters } from 'node:util';

import type { Batch } from './batch.ts';
import type { LogFormat } from './log-options.ts';

/** The colours of names, one after the other: cyan, yellow, green, magenta, blue, and their bright kin. */
const colours = [36, 33, 32, 35, 34, 96, 93, 92, 95, 94];

/** Gives each name the next colour, and the width of the widest. */
export class Prefixes {
  readonly #colour = new Map<string, number>();
  #width = 0;

  /** Makes room for a name that will come. */
  announce(label: string, name: string): void {
    this.#width = Math.max(this.#width, label.length);
    if (!this.#colour.has(name)) {
      this.#colour.set(name, colours[this.#colour.size % colours.length] as number);
    }
  }

  /** What stands in front of a line. */
  of({ speaker: { label, name } }: Batch, coloured: boolean): string {
    this.announce(label, name);
    const text = `${label.padEnd(this.#width)} |`;
    return coloured ? `\u001b[${this.#colour.get(name)}m${text}\u001b[0m ` : `${text} `;
  }
}

/** The batch as bytes to write. */
export function formatted(
  batch: Batch,
  format: LogFormat,
  how: { readonly prefixes: Prefixes; readonly coloured: boolean },
): Buffer {
  switch (format) {
    case 'plain':
      return batch.bytes;
    case 'prefixed': {
      const prefix = how.prefixes.of(batch, how.coloured);
      // A colour that a line leaves switched on must not run into the next name.
      const end = how.coloured && batch.bytes.includes(0x1b) ? '\u001b[0m\n' : '\n';
      return Buffer.from(batch.lines.map((line) => `${prefix}${line}${end}`).join(''));
    }
    case 'json':
      return Buffer.from(batch.lines.map((line) => jsonLine(batch, line)).join(''));
  }
}

function jsonLine({ speaker, pid, stream, at }: Batch, line: string): string {
  const { name, instance } = speaker;
  const time = new Date(at).toISOString();
  const text = stripVTControlCharacters(line);
  return `${JSON.stringify({ time, name, instance, pid, stream, line: text })}\n`;
}

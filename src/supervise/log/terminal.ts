/** Lines to the output and error of this program. */
import type { Batch, LogSink } from './batch.ts';
import { formatted, type Prefixes } from './format.ts';
import type { LogFormat } from './log-options.ts';

type Out = NodeJS.WriteStream;

/** Whether a stream takes colours: https://no-color.org, FORCE_COLOR, and terminals only. */
function takesColour(stream: Out): boolean {
  const { NO_COLOR, FORCE_COLOR, TERM } = process.env;
  if (NO_COLOR !== undefined && NO_COLOR !== '') return false;
  if (FORCE_COLOR !== undefined && FORCE_COLOR !== '') {
    return FORCE_COLOR !== '0' && FORCE_COLOR !== 'false';
  }
  return stream.isTTY && TERM !== 'dumb';
}

/** How the lines look. */
export interface TerminalOptions {
  readonly format: LogFormat;
  readonly colours: boolean | undefined;
  readonly prefixes: Prefixes;
}

/** A sink for standard output and error, each to its own. */
export class TerminalSink implements LogSink {
  readonly #options: TerminalOptions;
  readonly #coloured: Readonly<Record<'stdout' | 'stderr', boolean>>;
  readonly #waits = new Map<Out, Promise<void>>();

  constructor(options: TerminalOptions) {
    this.#options = options;
    this.#coloured = {
      stdout: options.colours ?? takesColour(process.stdout),
      stderr: options.colours ?? takesColour(process.stderr),
    };
  }

  write(batch: Batch): Promise<void> | undefined {
    const to = process[batch.stream];
    const { format, prefixes } = this.#options;
    const coloured = this.#coloured[batch.stream];
    // Nobody reads it any more: who cares listens to 'error' on the stream.
    if (to.destroyed || to.write(formatted(batch, format, { prefixes, coloured }))) {
      return undefined;
    }
    return this.#drained(to);
  }

  async flush(): Promise<void> {
    await Promise.all(
      [process.stdout, process.stderr].map(
        (to) =>
          new Promise<void>((resolve) =>
            to.destroyed ? resolve() : to.write('', () => resolve()),
          ),
      ),
    );
  }

  close(): Promise<void> {
    return this.flush();
  }

  /** One promise for all who wait for the same stream. */
  #drained(to: Out): Promise<void> {
    let wait = this.#waits.get(to);
    if (wait === undefined) {
      wait = new Promise((resolve) => {
        const over = (): void => {
          to.off('drain', over).off('close', over).off('error', over);
          this.#waits.delete(to);
          resolve();
        };
        to.on('drain', over).on('close', over).on('error', over);
      });
      this.#waits.set(to, wait);
    }
    return wait;
  }
}

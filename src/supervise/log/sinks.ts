/** The sinks that options ask for; files are shared by all that write to the same one. */
import { resolve } from 'node:path';

import type { LogSink, Speaker } from './batch.ts';
import { openFile } from './file-target.ts';
import { FileSink } from './file.ts';
import { Prefixes } from './format.ts';
import type { LogOptions } from './log-options.ts';
import { openRotating } from './rotating-target.ts';
import { TerminalSink } from './terminal.ts';

/** All sinks of one supervisor. */
export class Sinks {
  readonly #files = new Map<string, FileSink>();
  readonly #terminals = new Map<string, TerminalSink>();
  readonly #failed: (file: string, error: unknown) => void;
  readonly prefixes: Prefixes = new Prefixes();

  /** `failed` is called when a file loses lines. */
  constructor(failed: (file: string, error: unknown) => void) {
    this.#failed = failed;
  }

  /** The sinks for the output of one child. */
  for(speaker: Speaker, options: LogOptions | false): LogSink[] {
    if (options === false) return [];
    const sinks: LogSink[] = [];
    if (options.terminal ?? options.file === undefined) sinks.push(this.#terminal(options));
    if (options.file !== undefined) sinks.push(this.#file(options.file, speaker, options));
    return sinks;
  }

  /** Resolves when all that was taken is written. */
  async flush(): Promise<void> {
    await Promise.all([...this.#all()].map((sink) => sink.flush()));
  }

  /** Writes what is left, and closes the files. */
  async close(): Promise<void> {
    await Promise.all([...this.#all()].map((sink) => sink.close()));
    this.#files.clear();
  }

  *#all(): Generator<LogSink> {
    yield* this.#files.values();
    yield* this.#terminals.values();
  }

  #terminal({ format = 'prefixed', colours }: LogOptions): LogSink {
    const key = `${format} ${colours}`;
    let sink = this.#terminals.get(key);
    if (sink === undefined) {
      sink = new TerminalSink({ format, colours, prefixes: this.prefixes });
      this.#terminals.set(key, sink);
    }
    return sink;
  }

  #file(pattern: string, { name, instance }: Speaker, options: LogOptions): LogSink {
    const path = resolve(
      pattern.replaceAll('{name}', name).replaceAll('{instance}', String(instance)),
    );
    let sink = this.#files.get(path);
    if (sink === undefined) {
      const { rotate, format = 'plain' } = options;
      sink = new FileSink({
        format,
        open: () => (rotate === undefined ? openFile(path) : openRotating(path, rotate)),
        failed: (error) => this.#failed(path, error),
      });
      this.#files.set(path, sink);
    }
    return sink;
  }
}

/** Where the output of all children goes. */
import { EventSink, type EventStreams } from './event-stream.ts';
import type { LogSink, Speaker } from './log/batch.ts';
import type { LogOptions } from './log/log-options.ts';
import { Sinks } from './log/sinks.ts';
import { Tail } from './log/tail.ts';

/** The outputs of one supervisor. */
export class Outputs {
  readonly tail: Tail = new Tail();
  readonly #sinks: Sinks;
  readonly #events: EventSink;
  readonly #lingering = new Set<Promise<void>>();

  constructor(streams: EventStreams) {
    this.#events = new EventSink(streams);
    this.#sinks = new Sinks((file, error) => {
      streams.tell({ type: 'log-failed', at: Date.now(), file, error });
    });
  }

  /** Makes room for a name that stands in front of lines. */
  announce({ label, name }: Speaker): void {
    this.#sinks.prefixes.announce(label, name);
  }

  /** Where the lines of a child go. */
  for(speaker: Speaker, options: LogOptions | false): readonly LogSink[] {
    return [this.tail, this.#events, ...this.#sinks.for(speaker, options)];
  }

  /** Lines of a run that is over wait for a place to go to: close() waits for them. */
  linger(done: Promise<void>): void {
    this.#lingering.add(done);
    void done.then(() => this.#lingering.delete(done));
  }

  /** Resolves when every line is where it belongs. */
  async close(): Promise<void> {
    await Promise.all(this.#lingering);
    await this.#sinks.close();
  }
}

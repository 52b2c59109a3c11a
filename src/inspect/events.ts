/** What happens to processes, as it happens. */
import { invalidType, invalidValue, outOfRange } from '../errors.ts';
import { platform } from '../platform/select.ts';
import { EventStream } from './event-stream.ts';
import { type ProcessEvent, type ProcessEventType, eventTypes } from './event-types.ts';

/** What {@link events} takes. */
export interface EventsOptions {
  /** The types to tell; all if not given. 'source' and 'rescan' are always told. */
  readonly types?: readonly ProcessEventType[] | undefined;
  /** Ends the stream; the loop over it then ends in order. */
  readonly signal?: AbortSignal | undefined;
  /** ms from scan to scan where the kernel does not tell; 250 if not given. */
  readonly interval?: number | undefined;
  /** 'polling' scans even where the kernel would tell. */
  readonly source?: 'kernel' | 'polling' | undefined;
}

const usualInterval = 250;
const shortest = 10;
const longest = 0x7fff_ffff;

/**
 * What happens to all processes of the machine, in its order: fork, exec, exit with its status, changes
 * of user, group, name and session, debuggers, core dumps. The kernel tells it, without polling, to
 * every user of the first namespaces (before Linux 6.6 to root); elsewhere two lists are compared again
 * and again, and what came and went between them is not seen. The first event says which of the two it
 * is. If the kernel loses events because there are too many, a `rescan` event says so, and a scan tells
 * what they had brought about.
 *
 * @throws UnsupportedError, TypeError, RangeError; at the first step of the loop. Source:
 * linux/cn_proc.h, Linux 2.6.15 with CONFIG_PROC_EVENTS.
 *
 * @example
 * ```ts
 * import { spawn } from 'brood';
 * import { events } from 'brood/inspect';
 * for await (const event of events({ types: ['exit'] })) {
 *   if (event.type === 'source') await spawn('sh', ['-c', 'exit 3']);
 *   if (event.type === 'exit' && (event.code === 3 || event.source === 'scan')) break;
 * }
 * ```
 */
export async function* events(
  options: EventsOptions = {},
): AsyncGenerator<ProcessEvent, void, undefined> {
  if (typeof options !== 'object' || options === null) {
    throw invalidType('options', 'an object', options);
  }
  const { types = eventTypes, signal, interval = usualInterval, source = 'kernel' } = options;
  checkTypes(types);
  if (typeof interval !== 'number') throw invalidType('options.interval', 'a number', interval);
  if (!(interval >= shortest && interval <= longest)) {
    throw outOfRange('options.interval', `from ${shortest} to ${longest}`, interval);
  }
  if (source !== 'kernel' && source !== 'polling') {
    throw invalidValue('options.source', source, "must be 'kernel' or 'polling'");
  }
  if (signal !== undefined && !(signal instanceof AbortSignal)) {
    throw invalidType('options.signal', 'an AbortSignal', signal);
  }
  const { look } = platform();
  look.check('events()');
  const wanted: ReadonlySet<string> = new Set([...types, 'source', 'rescan']);
  const stream = new EventStream(look, { interval, source });
  const stop = (): void => stream.stop();
  signal?.addEventListener('abort', stop, { once: true });
  try {
    if (signal?.aborted === true) return;
    stream.start();
    for (;;) {
      const happened = await stream.next();
      if (happened === undefined) return;
      for (const event of happened) if (wanted.has(event.type)) yield event;
    }
  } finally {
    signal?.removeEventListener('abort', stop);
    stream.stop();
  }
}

function checkTypes(types: unknown): asserts types is readonly ProcessEventType[] {
  if (!Array.isArray(types)) throw invalidType('options.types', 'an array of types', types);
  for (const [at, type] of types.entries()) {
    if (!(eventTypes as readonly unknown[]).includes(type)) {
      const names = eventTypes.map((each) => `'${each}'`).join(', ');
      throw invalidValue(`options.types[${at}]`, type, `must be one of ${names}`);
    }
  }
}

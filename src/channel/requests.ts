/** Requests and their answers, both ways, over one channel. */
import { abortError, invalidType, outOfRange, ProcessError, TimeoutError } from '../errors.ts';
import type { ChannelError } from './channel-error.ts';
import { decodeThrown, encodeThrown, type CodedThrow } from './error-codec.ts';
import type { Flow } from './flow.ts';
import { frameOf, travellingFrameOf, type Arrived, type Frame } from './frame.ts';
import type { Lane } from './lane.ts';
import type { Wire } from './wire.ts';

/** Bounds of a request. */
export interface RequestOptions {
  /** Milliseconds until the answer; none by default. */
  readonly timeout?: number | undefined;
  /** Gives it up when it is aborted. */
  readonly signal?: AbortSignal | undefined;
}

/** What a handler is told besides the request. */
export interface RequestContext {
  /** Aborted when nobody waits for the answer any more. */
  readonly signal: AbortSignal;
}

/** Answers a request with what it returns, or resolves to. */
export type RequestHandler<In = unknown> = (value: In, context: RequestContext) => unknown;

interface Asked {
  readonly id: number;
  readonly value: unknown;
}

interface Reply {
  readonly id: number;
  readonly value?: unknown;
  readonly thrown?: CodedThrow;
}

interface Pending {
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: unknown) => void;
}

const longestMs = 0x7fff_ffff;

/** The requests of one channel. */
export class Requests {
  readonly #wire: Wire;
  readonly #lane: Lane;
  readonly #flow: Flow;
  readonly #pending = new Map<number, Pending>();
  #last = 0;
  /** Those that came and nobody has served yet. */
  readonly #waiting: Arrived[] = [];
  readonly #running = new Map<number, AbortController>();
  #handler: RequestHandler | undefined;
  #over: Pending | undefined;

  constructor(wire: Wire, lane: Lane, flow: Flow) {
    this.#wire = wire;
    this.#lane = lane;
    this.#flow = flow;
  }

  async request(value: unknown, options: RequestOptions = {}): Promise<unknown> {
    const { timeout, signal } = checkOptions(options);
    if (signal?.aborted === true) throw abortError(signal);
    const id = ++this.#last;
    const frame = travellingFrameOf(this.#lane.request, { id, value } satisfies Asked);
    const answer = new Promise<unknown>((resolve, reject) => {
      this.#pending.set(id, { resolve, reject });
    });
    const giveUp = (error: unknown): void => this.#giveUp(id, error);
    const onAbort = (): void => giveUp(abortError(signal as AbortSignal));
    const late = (): void => giveUp(new TimeoutError(`no answer within ${timeout} ms`));
    const timer = timeout === undefined ? undefined : setTimeout(late, Math.ceil(timeout));
    signal?.addEventListener('abort', onAbort, { once: true });
    this.#wire.hold();
    this.#flow.send(frame).catch(giveUp);
    try {
      return await answer;
    } finally {
      clearTimeout(timer);
      signal?.removeEventListener('abort', onAbort);
      this.#wire.release();
    }
  }

  /** `end`: how the channel has ended, if it has. */
  async serve(
    handler: RequestHandler,
    end: { readonly error: unknown } | undefined,
  ): Promise<void> {
    if (typeof handler !== 'function') throw invalidType('handler', 'a function', handler);
    if (this.#handler !== undefined) {
      throw new ProcessError('the requests of this channel are served already', {
        code: 'ERR_INVALID_STATE',
      });
    }
    if (end !== undefined) {
      if (end.error !== undefined) throw end.error;
      return;
    }
    this.#handler = handler;
    const over = new Promise<unknown>((resolve, reject) => (this.#over = { resolve, reject }));
    this.#wire.hold();
    for (const message of this.#waiting.splice(0)) void this.#answer(message, handler);
    try {
      await over;
    } finally {
      this.#wire.release();
    }
  }

  /** Whether the message was about requests. */
  deliver(message: Arrived): boolean {
    // Its value is opened by who takes it.
    const { kind } = message;
    if (kind === this.#lane.request) {
      if (this.#handler === undefined) this.#waiting.push(message);
      else void this.#answer(message, this.#handler);
    } else if (kind === this.#lane.reply) this.#replied(message);
    else if (kind === this.#lane.cancel) this.#cancel(message.value as number);
    else return false;
    return true;
  }

  /** The channel is over. */
  finish(error: ChannelError | undefined): void {
    const pending = [...this.#pending.values()];
    this.#pending.clear();
    for (const { reject } of pending) reject(error ?? this.#wire.closedError());
    for (const message of this.#waiting.splice(0)) dispose(message);
    for (const controller of this.#running.values()) controller.abort();
    if (error === undefined) this.#over?.resolve(undefined);
    else this.#over?.reject(error);
  }

  #replied(message: Arrived): void {
    const { id, value, thrown } = message.value as Reply;
    const pending = this.#pending.get(id);
    // Given up meanwhile: what came for it is nobody's.
    if (pending === undefined) {
      dispose(message);
      return;
    }
    this.#pending.delete(id);
    if (thrown === undefined) pending.resolve(value);
    else pending.reject(decodeThrown(thrown));
  }

  #cancel(id: number): void {
    this.#running.get(id)?.abort();
    const at = this.#waiting.findIndex(({ value }) => (value as Asked).id === id);
    if (at === -1) return;
    for (const message of this.#waiting.splice(at, 1)) {
      dispose(message);
      this.#flow.take(message);
    }
  }

  async #answer(message: Arrived, handler: RequestHandler): Promise<void> {
    const { id, value } = message.value as Asked;
    const controller = new AbortController();
    this.#running.set(id, controller);
    const reply = await this.#replyTo(id, async () => handler(value, controller));
    this.#running.delete(id);
    this.#flow.take(message);
    // Nobody waits for it any more, or it is told elsewhere that nobody is there.
    if (controller.signal.aborted) reply.parcel?.close();
    else await this.#wire.write(reply).catch(() => {});
  }

  async #replyTo(id: number, answer: () => Promise<unknown>): Promise<Frame> {
    const { reply } = this.#lane;
    try {
      return travellingFrameOf(reply, { id, value: await answer() } satisfies Reply);
    } catch (error) {
      const thrown = encodeThrown(error) ?? encodeThrown(unclonable());
      return frameOf(reply, { id, thrown });
    }
  }

  #giveUp(id: number, error: unknown): void {
    const pending = this.#pending.get(id);
    this.#pending.delete(id);
    if (pending !== undefined && !this.#wire.isClosed) this.#wire.post(this.#lane.cancel, id);
    pending?.reject(error);
  }
}

function dispose({ owners }: Arrived): void {
  for (const owner of owners) owner[Symbol.dispose]();
}

function unclonable(): DOMException {
  return new DOMException('what the handler threw could not be cloned', 'DataCloneError');
}

function checkOptions(options: unknown): RequestOptions {
  if (typeof options !== 'object' || options === null) {
    throw invalidType('options', 'an object', options);
  }
  const { timeout, signal } = options as { timeout?: unknown; signal?: unknown };
  if (timeout !== undefined) {
    if (typeof timeout !== 'number') throw invalidType('options.timeout', 'a number', timeout);
    if (!(timeout >= 0 && timeout <= longestMs)) {
      throw outOfRange(
        'options.timeout',
        `a number of milliseconds from 0 to ${longestMs}`,
        timeout,
      );
    }
  }
  const { addEventListener } = (signal ?? {}) as Partial<AbortSignal>;
  if (signal !== undefined && typeof addEventListener !== 'function') {
    throw invalidType('options.signal', 'an instance of AbortSignal', signal);
  }
  return options;
}

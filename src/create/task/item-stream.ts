/** A generator that runs in another process, from here. */
import { encodeThrown } from '../../channel/error-codec.ts';
import type { Wire } from '../../channel/wire.ts';
import { kinds, type Request } from '../../child/task-messages.ts';

interface Pending {
  readonly resolve: (item: IteratorResult<unknown, unknown>) => void;
  readonly reject: (error: unknown) => void;
}

const finished: IteratorResult<unknown, unknown> = { done: true, value: undefined };

/** The items of a task whose function is a generator; each is made when it is asked for. */
export class ItemStream implements AsyncGenerator<unknown, unknown, unknown> {
  readonly #wire: Wire;
  readonly #pending: Pending[] = [];
  #end: { readonly error?: unknown } | undefined;

  constructor(wire: Wire) {
    this.#wire = wire;
  }

  /** Whether nothing more can come. */
  get isOver(): boolean {
    return this.#end !== undefined;
  }

  next(value?: unknown): Promise<IteratorResult<unknown, unknown>> {
    return this.#ask({ how: 'next', value });
  }

  return(value?: unknown): Promise<IteratorResult<unknown, unknown>> {
    if (this.#end !== undefined) return Promise.resolve({ done: true, value });
    return this.#ask({ how: 'return', value });
  }

  throw(error: unknown): Promise<IteratorResult<unknown, unknown>> {
    if (this.#end !== undefined) return Promise.reject(error);
    const thrown = encodeThrown(error) ?? { thrown: { value: String(error) }, errors: [] };
    return this.#ask({ how: 'throw', thrown });
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.return();
  }

  /** The generator has answered. */
  item(item: IteratorResult<unknown, unknown>): void {
    this.#pending.shift()?.resolve(item);
    this.#wire.release();
    if (item.done === true) this.end();
  }

  /** There will be no further items; `error` is told once, to who asks next. */
  end(error?: unknown): void {
    if (this.#end !== undefined) return;
    const [first, ...others] = this.#pending.splice(0);
    this.#end = error === undefined || first !== undefined ? {} : { error };
    for (const { resolve } of others) resolve(finished);
    if (first === undefined) return;
    if (error === undefined) first.resolve(finished);
    else first.reject(error);
    for (let left = others.length + 1; left > 0; left--) this.#wire.release();
  }

  async #ask(request: Request): Promise<IteratorResult<unknown, unknown>> {
    const end = this.#end;
    if (end !== undefined) {
      this.#end = {};
      if ('error' in end) throw end.error;
      return finished;
    }
    const sent = this.#wire.send(kinds.request, request);
    // That nobody is there any more is told by the end of the task.
    sent.catch(() => {});
    this.#wire.hold();
    return new Promise((resolve, reject) => this.#pending.push({ resolve, reject }));
  }
}

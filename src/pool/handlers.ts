/** What a pool calls, as types. */

/** Any handlers: functions by name. */
export type AnyHandlers = Readonly<Record<string, (...args: never[]) => unknown>>;

/** The names of what can be called: of the functions among the members or exports. */
export type HandlerName<H> = {
  [Name in keyof H & string]: H[Name] extends (...args: never[]) => unknown ? Name : never;
}[keyof H & string];

/** The arguments of a handler. */
type HandlerArguments<F> = F extends (...args: infer A) => unknown ? A : never;

/** What a call of a handler comes to. */
type HandlerValue<F> = F extends (...args: never[]) => infer R ? Awaited<R> : never;

/** Handlers whose type is not told: anything may be asked of them, and anything come back. */
type IsAny<H> = string extends keyof H ? true : false;

/** The arguments of the handler of that name. */
export type CallArguments<H, Name extends string> =
  IsAny<H> extends true ? unknown[] : Name extends keyof H ? HandlerArguments<H[Name]> : never;

/** What comes of it. */
export type CallValue<H, Name extends string> =
  IsAny<H> extends true ? unknown : Name extends keyof H ? HandlerValue<H[Name]> : never;

/** A function for each handler, which calls it in a worker. */
export type Calls<H> = {
  readonly [Name in HandlerName<H>]: (
    ...args: CallArguments<H, Name> extends infer A extends readonly unknown[] ? A : never
  ) => Promise<CallValue<H, Name>>;
};

/** What the handler takes of each item: its first argument. */
export type Item<H, Name extends string> =
  CallArguments<H, Name> extends readonly [infer First, ...unknown[]] ? First : unknown;

/** Runs handlers of a pool with some options. */
export interface PoolRunner<H extends object> {
  /** See {@link Pool.run}; the last argument is one like the others here. */
  run<Name extends HandlerName<H>>(
    name: Name,
    ...args: CallArguments<H, Name>
  ): Promise<CallValue<H, Name>>;
  /** See {@link Pool.call}. */
  readonly call: Calls<H>;
}

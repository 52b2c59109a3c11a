/**
 * Errors from one process to another: a built-in error arrives as the same class, any other as an Error
 * of that name, with message, stack, cause, and the own properties that can be cloned.
 */
import { inspect, types } from 'node:util';

import { clone } from './clone.ts';

/** One error, or another value that was thrown, in a form that can be cloned. */
interface CodedError {
  /** The built-in class nearest to it. */
  readonly base: string;
  readonly name: string;
  readonly message: string;
  readonly stack: string | undefined;
  /** Own properties besides those above, by name. */
  readonly own: readonly (readonly [name: string, value: CodedValue, enumerable: boolean])[];
}

/** A value: itself, or the number of an error in the list. */
type CodedValue = { readonly value: unknown } | { readonly error: number };

/** A thrown value with all the errors that hang on it, each once: they may form circles. */
export interface CodedThrow {
  readonly thrown: CodedValue;
  readonly errors: readonly CodedError[];
}

type ErrorMaker = new (message?: string) => Error;

const { WebAssembly: wasm } = globalThis as unknown as {
  readonly WebAssembly?: Record<'CompileError' | 'LinkError' | 'RuntimeError', ErrorMaker>;
};

const builtIn: ReadonlyMap<string, ErrorMaker> = new Map(
  [
    Error,
    EvalError,
    RangeError,
    ReferenceError,
    SyntaxError,
    TypeError,
    URIError,
    AggregateError as unknown as ErrorMaker,
    (globalThis as unknown as { readonly SuppressedError?: ErrorMaker }).SuppressedError,
    wasm?.CompileError,
    wasm?.LinkError,
    wasm?.RuntimeError,
  ]
    .filter((each) => each !== undefined)
    .map((each) => [each.name, each]),
);

const domException = 'DOMException';

/** More errors than this hang on none that anybody looks at. */
const mostErrors = 1000;

function isError(value: unknown): value is Error {
  return types.isNativeError(value) || value instanceof Error;
}

/** The name of the built-in class nearest to the error; one of another realm goes by its name. */
function baseOf(error: Error): string {
  if (error instanceof DOMException) return domException;
  let proto: unknown = Object.getPrototypeOf(error);
  for (; typeof proto === 'object' && proto !== null; proto = Object.getPrototypeOf(proto)) {
    for (const [name, { prototype }] of builtIn) if (prototype === proto) return name;
    const { constructor } = proto as { constructor?: unknown };
    const foreign = typeof constructor === 'function' ? constructor.name : '';
    const isForeign = !(error instanceof Error);
    if (isForeign && builtIn.has(foreign)) return foreign;
  }
  return 'Error';
}

/** What a getter gives; a text about its failure where it throws. */
function read(error: object, name: string): unknown {
  try {
    return (error as Record<string, unknown>)[name];
  } catch (failure) {
    return `[${name}: ${String((failure as { message?: unknown } | undefined)?.message)}]`;
  }
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : inspect(value);
}

class Encoder {
  readonly errors: CodedError[] = [];
  readonly #numbers = new Map<Error, number>();

  /** undefined: it cannot be cloned. */
  value(value: unknown): CodedValue | undefined {
    if (isError(value)) {
      const error = this.#number(value);
      return error === undefined ? undefined : { error };
    }
    try {
      clone(value, 0);
      return { value };
    } catch {
      return undefined;
    }
  }

  #number(error: Error): number | undefined {
    const known = this.#numbers.get(error);
    if (known !== undefined) return known;
    const number = this.errors.length;
    if (number >= mostErrors) return undefined;
    this.#numbers.set(error, number);
    // Its place is taken before those that hang on it get theirs.
    this.errors.push({ base: '', name: '', message: '', stack: undefined, own: [] });
    this.errors[number] = this.#error(error);
    return number;
  }

  #error(error: Error): CodedError {
    const base = baseOf(error);
    const stack = read(error, 'stack');
    const own: [string, CodedValue, boolean][] = [];
    for (const name of Object.getOwnPropertyNames(error)) {
      if (name === 'stack' || name === 'message') continue;
      const coded = this.#own(error, name);
      const enumerable = Object.prototype.propertyIsEnumerable.call(error, name);
      if (coded !== undefined) own.push([name, coded, enumerable]);
    }
    // The cause of a DOMException is no property of its own everywhere.
    if (base === domException && !Object.hasOwn(error, 'cause') && error.cause !== undefined) {
      const coded = this.value(error.cause);
      if (coded !== undefined) own.push(['cause', coded, false]);
    }
    return {
      base,
      name: text(read(error, 'name')),
      message: text(read(error, 'message')),
      stack: typeof stack === 'string' ? stack : undefined,
      own,
    };
  }

  #own(error: Error, name: string): CodedValue | undefined {
    const value = read(error, name);
    // The errors of an AggregateError are a list with errors in it.
    if (name === 'errors' && Array.isArray(value) && baseOf(error) === 'AggregateError') {
      const list = value.map((each) => this.value(each) ?? { value: inspect(each) });
      return { value: list };
    }
    return this.value(value);
  }
}

/** What was thrown, ready to be cloned; undefined if it is no error and cannot be cloned. */
export function encodeThrown(thrown: unknown): CodedThrow | undefined {
  const encoder = new Encoder();
  const coded = encoder.value(thrown);
  return coded && { thrown: coded, errors: encoder.errors };
}

/** What {@link encodeThrown} was given. */
export function decodeThrown({ thrown, errors }: CodedThrow): unknown {
  const made = errors.map(make);
  const valueOf = (coded: CodedValue): unknown =>
    'error' in coded ? made[coded.error] : coded.value;
  for (const [index, { base, own }] of errors.entries()) {
    const error = made[index] as Error;
    for (const [name, coded, enumerable] of own) {
      let value = valueOf(coded);
      if (name === 'errors' && base === 'AggregateError' && Array.isArray(value)) {
        value = (value as CodedValue[]).map(valueOf);
      }
      define(error, name, value, enumerable);
    }
  }
  return valueOf(thrown);
}

function make({ base, name, message, stack }: CodedError): Error {
  const error = maker(base, name, message);
  if (error.name !== name) define(error, 'name', name, false);
  if (stack === undefined) delete error.stack;
  else define(error, 'stack', stack, false);
  return error;
}

function maker(base: string, name: string, message: string): Error {
  if (base === domException) return new DOMException(message, name);
  if (base === 'AggregateError') return new AggregateError([], message);
  const Maker = builtIn.get(base) ?? Error;
  // No message of its own where it had none: '' is not the same as absent to who looks closely.
  return message === '' ? new Maker() : new Maker(message);
}

function define(error: Error, name: string, value: unknown, enumerable: boolean): void {
  Object.defineProperty(error, name, { value, enumerable, configurable: true, writable: true });
}

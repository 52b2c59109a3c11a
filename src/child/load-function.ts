/** From what a job names to a function. */
import { createRequire } from 'node:module';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { compileFunction, constants } from 'node:vm';

import type { Target } from './task-messages.ts';

/** Any function. */
export type AnyFunction = (...args: readonly unknown[]) => unknown;

/** The module that is being evaluated for a task in this process. */
let loading: string | undefined;

/** The URL of the module that this process is loading for a task; undefined once it is loaded. */
export function moduleBeingLoaded(): string | undefined {
  return loading;
}

/** Loads it. Rejects with what the module threw, or an error that says what is missing. */
export async function loadFunction(target: Target): Promise<AnyFunction> {
  return target.from === 'module' ? fromModule(target) : compileTaskFunction(target);
}

async function fromModule({ url, name }: Target & { from: 'module' }): Promise<AnyFunction> {
  return functionOf(await importModule(url), url, name);
}

/** The exports of a module, by name. */
export type Exports = Readonly<Record<string, unknown>>;

/** Imports a module for a task or worker. */
export async function importModule(url: string): Promise<Exports> {
  loading = url;
  try {
    return (await import(url)) as Exports;
  } finally {
    loading = undefined;
  }
}

/** @throws TypeError that says what the module has instead. */
export function functionOf(module: Exports, url: string, name: string): AnyFunction {
  const found = Object.hasOwn(module, name) ? module[name] : ofDefault(module, name);
  if (typeof found === 'function') return found as AnyFunction;
  const exports = Object.keys(module).join(', ') || 'none';
  throw new TypeError(
    found === undefined
      ? `${url} has no export '${name}'; it has: ${exports}`
      : `the export '${name}' of ${url} is no function but of type ${typeof found}`,
  );
}

/** A name that only the `module.exports` of a CommonJS module has. */
function ofDefault(module: Exports, name: string): unknown {
  const exports = module['default'] as Record<string, unknown> | undefined;
  if (typeof exports !== 'object' && typeof exports !== 'function') return undefined;
  return exports !== null && Object.hasOwn(exports, name) ? exports[name] : undefined;
}

/** The name under which the code of a function appears in stacks; imports start from there. */
function placeOf(file: string): string {
  return `${file}?task`;
}

/** What some compilers put around each function, so that it keeps its name. */
function keepName(fn: object, name: string): object {
  return Object.defineProperty(fn, 'name', { value: name, configurable: true });
}

/** import() as in a module of that file name. */
const importsFromFile = {
  importModuleDynamically: constants.USE_MAIN_CONTEXT_DEFAULT_LOADER as never,
};

/**
 * Node warns once, aloud, that the constant above is experimental; whoever wrote the function cannot
 * help it. So the one warning comes here, where nobody hears it.
 */
function warnOfImports(): void {
  // oxlint-disable-next-line typescript/unbound-method -- put back as it was
  const { emitWarning } = process;
  process.emitWarning = () => {};
  try {
    compileFunction('import("node:process")', [], importsFromFile)();
  } finally {
    process.emitWarning = emitWarning;
  }
}

/**
 * A function from its source, with nothing around it but what every module has: imports and require()
 * start from `file`.
 *
 * @throws SyntaxError when the text is none of a function that can stand alone.
 */
export function compileTaskFunction({
  source,
  file,
}: {
  readonly source: string;
  readonly file: string;
}): AnyFunction {
  const imports = source.includes('import');
  if (imports) warnOfImports();
  const make = compileFunction(
    `'use strict'; return (\n${source}\n);`,
    ['require', '__filename', '__dirname', '__name'],
    { filename: placeOf(file), lineOffset: -1, ...(imports ? importsFromFile : undefined) },
  ) as (...around: unknown[]) => AnyFunction;
  const path = fileURLToPath(file);
  return make(createRequire(file), path, dirname(path), keepName);
}

/**
 * Tells of a ReferenceError in the function itself that the variable was left behind. `fn`: its name.
 */
export function explainLostVariable(thrown: unknown, target: Target): void {
  if (target.from !== 'source' || !(thrown instanceof ReferenceError)) return;
  const variable = /^(\S+) is not defined$/.exec(thrown.message)?.[1];
  const frame = thrown.stack?.split('\n').find((line) => line.startsWith('    at '));
  if (variable === undefined || frame?.includes(placeOf(target.file)) !== true) return;
  const before = thrown.message;
  thrown.message =
    `${before}: the function '${target.name}' runs in another process, without the variables that ` +
    `were around it. Hand '${variable}' over as an argument, export the function from a module ` +
    `and use task.module(), or use the start method 'fork'`;
  const { stack } = thrown;
  if (stack !== undefined) {
    Object.defineProperty(thrown, 'stack', {
      value: stack.replace(before, () => thrown.message),
      configurable: true,
      writable: true,
    });
  }
  Object.assign(thrown, { code: 'ERR_TASK_CLOSURE' });
}

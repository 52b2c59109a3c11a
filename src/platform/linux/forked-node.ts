import { randomBytes } from 'node:crypto';
/** What Node itself keeps of its parent in a forked child, and what is done about it. */
import { syncBuiltinESMExports } from 'node:module';

import { compileEnd } from './compile-end.ts';

let pid: number | undefined;

/**
 * process.pid is a value that Node read when it started. From the first fork on, on both sides, it is one
 * that is read here: to define it anew takes a child longer than all the rest.
 */
export function renewPid(now: number): void {
  if (pid === undefined) {
    Object.defineProperty(process, 'pid', {
      get: () => pid,
      enumerable: true,
      configurable: true,
    });
  }
  pid = now;
}

type Emit = (...args: unknown[]) => boolean;

/** What the program had before; undefined: no fork so far. */
let emit: Emit | undefined;
let isForked = false;
let fatal = false;
/** In a parent: Node ends with the threads that it started, and so they have to be awake. */
let wakeThreads: (() => void) | undefined;

/**
 * The end of the loop leaves by an exit of ours, which has to be told the exit code: Node knows it only
 * after the listeners of 'exit'. For process.exit() and uncaught errors Node tells it itself, and of
 * an uncaught error it still has to show the stack after those listeners.
 *
 * Put there at the first fork, on both sides; in a parent it only passes on.
 */
export function keepExitCode(inChild: boolean, endDoze: () => void): void {
  isForked ||= inChild;
  if (emit !== undefined) return;
  wakeThreads = endDoze;
  // eslint-disable-next-line typescript/unbound-method -- called with the `this` that it gets
  emit = process.emit as Emit;
  process.emit = emitAndKeep as typeof process.emit;
  // Compiled now, and not by every child at its end: nobody listens to this one.
  process.emit(Symbol('brood.fork') as never);
  compileEnd();
}

function emitAndKeep(this: unknown, ...args: unknown[]): boolean {
  const heard = Reflect.apply(emit as Emit, this, args);
  if (!isForked) {
    if (args[0] === 'exit') wakeThreads?.();
    return heard;
  }
  if (args[0] === 'uncaughtException') fatal = !heard;
  if (args[0] === 'exit' && !fatal) {
    (process as unknown as { reallyExit(code: unknown): never }).reallyExit(
      process.exitCode ?? args[1] ?? 0,
    );
  }
  return heard;
}

/** Whether contexts get a seed of their own: in children. */
let seeding = false;

/**
 * Math.random where the addon cannot reach the generator of V8 (Node 24 and 26): from its first draw in
 * the child on it is that of a new context, with a seed of its own, and so is that of each new context.
 * A program that kept the function itself from before the fork draws what its parent draws. Gives what
 * is to be called at every fork, on both sides.
 */
export function renewMathRandom(): (inChild: boolean) => void {
  const vm = process.getBuiltinModule('node:vm');
  seedEach(vm, 'createContext');
  seedEach(vm, 'runInNewContext');
  seedEach(vm.Script.prototype, 'runInNewContext');
  // Once, in the parent: it takes longer than a fork.
  syncBuiltinESMExports();
  return (inChild) => {
    if (!inChild) return;
    seeding = true;
    Math.random = random;
  };
}

/** Stands for Math.random until the first draw; of its name, too. */
function random(): number {
  const vm = process.getBuiltinModule('node:vm');
  Math.random = vm.runInNewContext('Math.random(); Math.random') as () => number;
  return Math.random();
}

type AnyFunction = (...args: never[]) => unknown;

/** A context takes its seed at its first draw, so that is made while the seed is set. */
function seedEach<Name extends string>(owner: Record<Name, AnyFunction>, name: Name): void {
  const original = owner[name];
  const { runInContext } = process.getBuiltinModule('node:vm');
  const { setFlagsFromString } = process.getBuiltinModule('node:v8');
  const seeded = function (this: unknown, ...args: never[]): unknown {
    if (!seeding) return Reflect.apply(original, this, args);
    setFlagsFromString(`--random-seed=${randomBytes(4).readInt32LE() || 1}`);
    try {
      const made = Reflect.apply(original, this, args);
      if (name === 'createContext') runInContext('Math.random()', made as object);
      return made;
    } finally {
      // Workers of this child take theirs from the kernel again.
      setFlagsFromString('--random-seed=0');
    }
  };
  Object.defineProperty(seeded, 'name', { value: name });
  owner[name] = seeded;
}

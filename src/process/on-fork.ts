/** What a library mends of its own in a forked child. */
import { invalidType } from '../errors.ts';

interface Hook {
  readonly run: () => void;
}

const hooks = new Set<Hook>();

/**
 * Calls `hook` in every child that fork() makes, before fork() returns there, in the order of
 * registration: for what must not be used on both sides, such as a pool of random bytes or connections.
 * A hook that throws ends the child like any uncaught error, once the code that called fork() has
 * run. Returns what unregisters it. Source: pthread_atfork(3).
 *
 * @throws TypeError for what is no function.
 *
 * @example
 * ```ts
 * import { onFork } from 'brood';
 * let pool: Uint8Array | undefined = crypto.getRandomValues(new Uint8Array(1024));
 * const forget = onFork(() => {
 *   pool = undefined; // the parent draws from it
 * });
 * forget();
 * ```
 */
export function onFork(hook: () => void): () => void {
  if (typeof hook !== 'function') throw invalidType('hook', 'a function', hook);
  const entry: Hook = { run: hook };
  hooks.add(entry);
  return () => {
    hooks.delete(entry);
  };
}

/** Runs them, in the child; called on both sides, see platform/forked.ts. */
export function runForkHooks(inChild: boolean): void {
  if (!inChild) return;
  for (const { run } of hooks) {
    try {
      run();
    } catch (error) {
      // Thrown out of fork() it would be caught by code that believes that there was no fork.
      process.nextTick(() => {
        throw error;
      });
    }
  }
}

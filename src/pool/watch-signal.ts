/** One listener for a signal, however many tasks wait for it: Node warns of more than ten. */

const watched = new WeakMap<AbortSignal, Set<() => void>>();

/** Calls back when it is aborted. Gives what forgets that. */
export function watchSignal(signal: AbortSignal, onAbort: () => void): () => void {
  let callbacks = watched.get(signal);
  if (callbacks === undefined) {
    callbacks = new Set();
    watched.set(signal, callbacks);
  }
  if (callbacks.size === 0) signal.addEventListener('abort', tell, { once: true });
  callbacks.add(onAbort);
  return () => {
    callbacks.delete(onAbort);
    if (callbacks.size === 0) signal.removeEventListener('abort', tell);
  };
}

function tell(this: AbortSignal): void {
  watched.get(this)?.forEach((onAbort) => onAbort());
}

/** Listening to an AbortSignal that many waits share. */

interface Listeners {
  readonly callbacks: Set<() => void>;
  readonly onAbort: () => void;
}

const listening = new WeakMap<AbortSignal, Listeners>();

/**
 * Calls back once when the signal is aborted. Returns what cancels it. However many listen, the signal
 * has one listener: Node warns of a leak from the eleventh on.
 */
export function whenAborted(signal: AbortSignal, callback: () => void): () => void {
  const { callbacks, onAbort } = listening.get(signal) ?? listenTo(signal);
  // Its own function: the same callback may be there twice.
  const entry = (): void => callback();
  callbacks.add(entry);
  return () => {
    callbacks.delete(entry);
    if (callbacks.size > 0 || listening.get(signal)?.callbacks !== callbacks) return;
    signal.removeEventListener('abort', onAbort);
    listening.delete(signal);
  };
}

function listenTo(signal: AbortSignal): Listeners {
  const callbacks = new Set<() => void>();
  const onAbort = (): void => {
    listening.delete(signal);
    for (const each of callbacks) each();
  };
  const listeners = { callbacks, onAbort };
  listening.set(signal, listeners);
  signal.addEventListener('abort', onAbort, { once: true });
  return listeners;
}

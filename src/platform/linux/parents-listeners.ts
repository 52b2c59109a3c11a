/** Whoever listens to the parent's process, in a child in which only its entry runs. */

type Listener = (...args: unknown[]) => unknown;

/** Node's own, by which it handles signals and shows warnings. */
const ofNode: ReadonlySet<string> = new Set([
  'startListeningIfSignal',
  'stopListeningIfSignal',
  'onWarning',
]);

/** Where events are told of listeners that come and go: emptied without telling anyone. */
const toldOfListeners = ['newListener', 'removeListener'] as const;

/** Takes all of them away, and the channel to the parent's parent. The exit code is not set yet. */
export function forgetListeners(): void {
  const { _events } = process as unknown as { _events: Record<string, Listener | Listener[]> };
  for (const event of toldOfListeners) {
    const nodes = process.rawListeners(event).filter(isNodes) as Listener[];
    if (process.listenerCount(event) === nodes.length) continue;
    _events[event] = nodes.length === 1 ? (nodes[0] as Listener) : nodes;
  }
  for (const event of process.eventNames()) {
    if ((toldOfListeners as readonly unknown[]).includes(event)) continue;
    for (const listener of process.rawListeners(event)) {
      if (!isNodes(listener)) process.removeListener(event, listener as Listener);
    }
  }
  if (process.hasUncaughtExceptionCaptureCallback()) {
    process.setUncaughtExceptionCaptureCallback(null);
  }
  process.exitCode = undefined;
  if (process.channel !== undefined) forgetChannel();
}

function isNodes(listener: unknown): boolean {
  return ofNode.has((listener as Listener).name);
}

/** For the child it is as if this had never been started with one. */
function forgetChannel(): void {
  for (const name of ['channel', 'connected', 'send', 'disconnect']) {
    Object.defineProperty(process, name, {
      value: name === 'connected' ? false : undefined,
      configurable: true,
      enumerable: true,
      writable: true,
    });
  }
}

/** Whoever listens to the parent's process, in a child in which only its entry runs. */
/* eslint-disable no-underscore-dangle -- the name is Node's */

type Listener = (...args: unknown[]) => unknown;

/** Node's own, by which it handles signals and shows warnings. */
const ofNode: ReadonlySet<string> = new Set([
  'startListeningIfSignal',
  'stopListeningIfSignal',
  'onWarning',
]);

type Events = Record<string | symbol, Listener | Listener[]>;

/** What of `process` it takes; in the parent it is tried on one to which nobody listens. */
interface Told {
  _events: Events;
  _eventsCount: number;
  removeListener(event: string | symbol, listener: Listener): unknown;
}

function onWarning(): void {}

const nobody: Told = {
  _events: { warning: onWarning },
  _eventsCount: 1,
  removeListener: onWarning,
};

/**
 * Takes all of them away, and the channel to the parent's parent. The exit code is not set yet. On both
 * sides: see platform/forked.ts.
 */
export function forgetListeners(inChild: boolean): void {
  const from = inChild ? (process as unknown as Told) : nobody;
  // Emptied without telling anyone: who comes and goes is told to these.
  leaveNodes(from._events, 'newListener');
  leaveNodes(from._events, 'removeListener');
  for (const event of Reflect.ownKeys(from._events)) {
    if (event === 'newListener' || event === 'removeListener') continue;
    const listeners = from._events[event] as Listener | Listener[];
    if (typeof listeners === 'function' && isNodes(listeners)) continue;
    if (event === 'warning') leaveNodes(from._events, event);
    else if (isSignal(event)) removeEach(from, event, listeners);
    else {
      // As removeListener() does, which would also look whether it is a signal: that takes longer.
      Reflect.deleteProperty(from._events, event);
      from._eventsCount--;
    }
  }
  if (!inChild) return;
  if (process.exitCode !== undefined) process.exitCode = undefined;
  if (process.hasUncaughtExceptionCaptureCallback()) {
    process.setUncaughtExceptionCaptureCallback(null);
  }
  if (process.channel !== undefined) forgetChannel();
}

function leaveNodes(events: Events, event: string): void {
  const listeners = events[event];
  if (typeof listeners !== 'object') return;
  const nodes = listeners.filter((each) => isNodes(each));
  if (nodes.length === listeners.length || nodes.length === 0) return;
  events[event] = nodes.length === 1 ? (nodes[0] as Listener) : nodes;
}

function isSignal(event: string | symbol): boolean {
  return typeof event === 'string' && event.startsWith('SIG');
}

/** With the last of them Node lets go of the signal. */
function removeEach(from: Told, event: string | symbol, listeners: Listener | Listener[]): void {
  const all = typeof listeners === 'function' ? [listeners] : listeners.slice();
  for (const listener of all) from.removeListener(event, listener);
}

function isNodes(listener: Listener): boolean {
  return ofNode.has(listener.name);
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

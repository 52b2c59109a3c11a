/** The timers and immediates of the parent, in a child in which only its entry runs. */
/* eslint-disable no-underscore-dangle -- the names are Node's */
import { clearImmediate, clearTimeout, setImmediate, setTimeout } from 'node:timers';

import { seenVariable, withInspector } from './seen-variable.ts';

/** As Node links its timers: the head of the list is one of its own kind. */
interface Timer {
  _idleNext?: Timer | null;
  _idlePrev?: Timer | null;
  _idleTimeout: number;
  _onTimeout: (() => void) | null;
  [refed: symbol]: unknown;
}

/** Where Node keeps what is pending. */
interface Pending {
  /** By their milliseconds. */
  readonly lists: Readonly<Record<string, Timer>>;
  readonly immediates: { readonly head: Timer | null };
}

let found: Pending | false | undefined;

/** Looked up once, and ahead of time: in the parent. undefined: not to be had in this Node. */
export function pendingTimers(): Pending | undefined {
  found ??= find() ?? false;
  return found === false ? undefined : found;
}

function find(): Pending | undefined {
  const timer = setTimeout(() => {}, 0);
  clearTimeout(timer);
  // eslint-disable-next-line typescript/unbound-method -- looked at, not called
  const { refresh } = Object.getPrototypeOf(timer) as { refresh: unknown };
  const seen = withInspector((session) => ({
    lists: seenVariable(session, refresh, 'timerListMap'),
    immediates: seenVariable(session, setImmediate, 'immediateQueue'),
  }));
  return seen !== undefined && areLists(seen) ? seen : undefined;
}

/** Whether they are what they are taken for: a timer and an immediate show up there. */
function areLists(seen: { lists: unknown; immediates: unknown }): seen is Pending {
  const { lists, immediates } = seen as {
    lists?: Pending['lists'];
    immediates?: { head?: unknown };
  };
  if (lists === undefined || immediates === undefined) return false;
  const milliseconds = 2_000_000_011;
  const timer = setTimeout(() => {}, milliseconds);
  const immediate = setImmediate(() => {});
  const right =
    lists[milliseconds]?._idlePrev === (timer as unknown) &&
    immediates.head !== undefined &&
    listed(immediates.head as Timer | null).includes(immediate as unknown as Timer);
  clearTimeout(timer);
  clearImmediate(immediate);
  return right && lists[milliseconds] === undefined;
}

/** From one on, to the end. */
function listed(first: Timer | null | undefined): Timer[] {
  const all: Timer[] = [];
  for (let at = first; at !== null && at !== undefined; at = at._idleNext) all.push(at);
  return all;
}

const nothing: Pending = { lists: {}, immediates: { head: null } };

/**
 * In the child: none of them ever fires; one that the child itself refreshes lives again. On both sides:
 * see platform/forked.ts.
 */
export function forgetTimers(inChild: boolean): void {
  const { lists, immediates } = (inChild ? pendingTimers() : undefined) ?? nothing;
  let immediate: Timer | null | undefined = immediates.head;
  while (immediate !== null && immediate !== undefined) {
    const next: Timer | null | undefined = immediate._idleNext;
    clearImmediate(immediate as unknown as NodeJS.Immediate);
    immediate = next;
  }
  for (const name in lists) {
    const head = lists[name] as Timer;
    for (let at = head._idlePrev; at && at !== head;) {
      const next = at._idlePrev;
      forget(at);
      at = next;
    }
  }
}

function forget(timer: Timer): void {
  const { _onTimeout, _idleTimeout } = timer;
  clearTimeout(timer as unknown as NodeJS.Timeout);
  // What refresh() needs.
  timer._onTimeout = _onTimeout;
  timer._idleTimeout = _idleTimeout;
  if (_onTimeout !== null && isNodesOwn(_onTimeout)) _onTimeout();
}

/** It makes Node forget the date that its HTTP server sends, which is kept for a second. */
function isNodesOwn(callback: () => void): boolean {
  return callback.name === 'resetCache' && /^\s*utcCache = undefined;?\s*$/m.test(String(callback));
}

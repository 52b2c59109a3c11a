/**
 * The connections that Node itself keeps for later requests, in a child in which only its entry runs:
 * they are the parent's, and a request over one would fail.
 */
import type { Agent } from 'node:http';

/** The agents of node:http and node:https, and what fetch() sends requests with. */
export function forgetConnections(): void {
  const { moduleLoadList } = process as unknown as { moduleLoadList: readonly string[] };
  for (const name of ['http', 'https'] as const) {
    if (!moduleLoadList.includes(`NativeModule ${name}`)) continue;
    forgetSockets(process.getBuiltinModule(`node:${name}`).globalAgent);
  }
  for (const key of Object.getOwnPropertySymbols(globalThis)) {
    if (key.description?.startsWith('undici.globalDispatcher.') !== true) continue;
    forgetClients((globalThis as unknown as Record<symbol, unknown>)[key], 0);
  }
}

/** The lists are typed as if they could not be set; Node sets them itself. */
function forgetSockets(agent: Agent): void {
  const lists = agent as unknown as Record<string, object | number>;
  for (const name of ['sockets', 'freeSockets', 'requests']) {
    lists[name] = Object.create(null) as object;
  }
  lists['totalSocketCount'] = 0;
}

/** An agent of undici has a client for each origin, and makes new ones; others have agents in them. */
function forgetClients(dispatcher: unknown, depth: number): void {
  if (typeof dispatcher !== 'object' || dispatcher === null || depth > 2) return;
  for (const key of Object.getOwnPropertySymbols(dispatcher)) {
    const value = (dispatcher as Record<symbol, unknown>)[key];
    if (key.description === 'clients' && value instanceof Map) value.clear();
    else if (key.description === 'origins' && value instanceof Set) value.clear();
    else if (isDispatcher(value)) forgetClients(value, depth + 1);
  }
}

function isDispatcher(value: unknown): boolean {
  return typeof value === 'object' && value !== null && 'dispatch' in value;
}

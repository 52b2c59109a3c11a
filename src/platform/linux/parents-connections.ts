/**
 * The connections that Node itself keeps for later requests, in a child in which only its entry runs:
 * they are the parent's, and a request over one would fail.
 */
import type { Agent } from 'node:http';

/** The agents of node:http and node:https that the parent has. */
let agents: readonly Agent[] = [];

/** Before the fork: the parent knows what it has loaded. */
export function lookForConnections(): void {
  const { moduleLoadList } = process as unknown as { moduleLoadList: readonly string[] };
  if (agents.length === 2) return;
  agents = (['http', 'https'] as const)
    .filter((name) => moduleLoadList.includes(`NativeModule ${name}`))
    .map((name) => process.getBuiltinModule(`node:${name}`).globalAgent);
}

const names = ['undici.globalDispatcher.1', 'undici.globalDispatcher.2'].map((name) =>
  Symbol.for(name),
);

/** Those, and what fetch() sends requests with. On both sides: see platform/forked.ts. */
export function forgetConnections(inChild: boolean): void {
  if (inChild) for (const agent of agents) forgetSockets(agent);
  for (const name of names) {
    const dispatcher = (globalThis as unknown as Record<symbol, unknown>)[name];
    if (inChild && dispatcher !== undefined) forgetClients(dispatcher, 0);
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

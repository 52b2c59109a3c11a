/** What node:child_process is asked for: environment, identity, session. */
import type { SpawnOptions } from 'node:child_process';

import type { NewProcessAttributes, SpawnRequest } from '../platform.ts';
import type { Refuse } from './refusal.ts';

/** The attributes that child_process can give; every other one is refused. */
const possible: ReadonlySet<string> = new Set<keyof NewProcessAttributes>([
  'uid',
  'gid',
  'session',
]);

const oldest: Partial<Record<keyof NewProcessAttributes, string>> = { cgroup: '4.5' };

/**
 * The options of child_process for a request, without those about descriptors.
 *
 * @throws UnsupportedError for the first attribute that it cannot give.
 */
export function childOptions(request: SpawnRequest, refuse: Refuse): SpawnOptions {
  const wanted: NewProcessAttributes = request.attributes ?? {};
  const identity = wanted.uid !== undefined || wanted.gid !== undefined;
  for (const [name, value] of Object.entries(wanted)) {
    if (value === undefined || possible.has(name)) continue;
    // libuv takes all groups away by itself when it changes the user or the group.
    if (name === 'groups' && identity && wanted.groups?.length === 0) continue;
    throw refuse(`the option ${name}`, oldest[name as keyof NewProcessAttributes]);
  }
  const options: SpawnOptions = { detached: wanted.session === true };
  if (request.argv[0] !== undefined) options.argv0 = request.argv[0];
  if (request.cwd !== undefined) options.cwd = request.cwd;
  if (request.env !== undefined) options.env = environment(request.env);
  if (wanted.uid !== undefined) options.uid = wanted.uid;
  if (wanted.gid !== undefined) options.gid = wanted.gid;
  return options;
}

function environment(entries: readonly string[]): NodeJS.ProcessEnv {
  // Without a prototype '__proto__' is a name like any other.
  const env = Object.create(null) as NodeJS.ProcessEnv;
  for (const entry of entries) {
    const at = entry.indexOf('=', 1);
    env[entry.slice(0, at)] = entry.slice(at + 1);
  }
  return env;
}

/** The owner of a process, and what users are called here. */
import { readFileSync, statSync } from 'node:fs';

import { integersOf } from './bytes.ts';
import { isMissing } from './missing.ts';
import type { Sources } from './sources.ts';

const path = '/etc/passwd';
/** How long the names are used until it is looked whether the file has changed. */
const trustMs = 5000;

let names: ReadonlyMap<number, string> = new Map();
let version: number | undefined;
let lookedAt = -Infinity;

/** The effective user and group: whom /proc/PID belongs to. */
export function ownerOf(sources: Sources): { uid: number; gid: number } {
  const text = sources.text('');
  const [uid, gid] = isMissing(text) ? [] : (integersOf(text) ?? []);
  // The folder stands for a process that was there: it has an owner, unless the kernel is no Linux.
  if (uid === undefined || gid === undefined) throw new Error('/proc/PID tells no owner');
  return { uid, gid };
}

/** The name of a user, from /etc/passwd; the number where it has none there. */
export function userName(uid: number): string {
  if (performance.now() - lookedAt > trustMs) {
    lookedAt = performance.now();
    learn();
  }
  return names.get(uid) ?? String(uid);
}

function learn(): void {
  const changed = statSync(path, { throwIfNoEntry: false })?.mtimeMs;
  if (changed === version) return;
  version = changed;
  names = changed === undefined ? new Map() : parsePasswd(readFileSync(path, 'utf8'));
}

/** Names by number: the first of several. */
export function parsePasswd(text: string): Map<number, string> {
  const found = new Map<number, string>();
  for (const line of text.split('\n')) {
    const [name, , id] = line.split(':');
    const uid = id !== undefined && /^\d{1,10}$/.test(id) ? Number(id) : undefined;
    if (name !== undefined && name !== '' && uid !== undefined && !found.has(uid)) {
      found.set(uid, name);
    }
  }
  return found;
}

/** The runtime folder of a project: where `brood up` can be reached while it runs. */
import { createHash } from 'node:crypto';
import { lstatSync, mkdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { ProcessError } from '../../index.ts';

/** Where things are. */
export interface RuntimeFolder {
  readonly path: string;
  /** The socket by which it is controlled. */
  readonly socket: string;
  /** A name in the abstract namespace that one program at a time can have, and none keeps when dead. */
  readonly lock: string;
}

/**
 * The folder of a project; made if need be, for this user alone. Not in the project: a path in there may
 * be longer than the 107 bytes that the address of a socket can have.
 */
export function runtimeFolder(project: string): RuntimeFolder {
  const uid = process.getuid?.() ?? 0;
  const hash = createHash('sha256').update(project).digest('hex').slice(0, 20);
  const base = process.env['XDG_RUNTIME_DIR'] ?? tmpdir();
  const ours = join(base, `brood-${uid}`);
  makePrivate(ours, uid);
  const path = join(ours, hash);
  makePrivate(path, uid);
  return { path, socket: join(path, 'up.sock'), lock: `\0brood-up/${uid}/${hash}` };
}

/** Nobody else may have put something in its place: the folder for temporary files is everybody's. */
function makePrivate(path: string, uid: number): void {
  mkdirSync(path, { recursive: true, mode: 0o700 });
  const found = lstatSync(path);
  if (found.isDirectory() && found.uid === uid && (found.mode & 0o077) === 0) return;
  throw new ProcessError(`${path} is not a folder of this user alone: remove it`, {
    code: 'EACCES',
  });
}

/**
 * This Node and this package where every user can reach them. A checkout below a closed folder (root's
 * home, a temporary folder of a build) is copied to an open one for programs of other users.
 */
import { chmodSync, cpSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

import { root } from './root.ts';

interface Place {
  readonly node: string;
  /** The folder from which `brood` resolves. */
  readonly root: string;
}

let place: Place | undefined;

function isOpen(path: string): boolean {
  for (let at = path; ; at = dirname(at)) {
    if ((statSync(at).mode & 0o001) === 0) return false;
    if (at === dirname(at)) return true;
  }
}

function copies(): Place {
  const folder = mkdtempSync(join(tmpdir(), 'brood-others-'));
  chmodSync(folder, 0o755);
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
  for (const part of ['package.json', 'dist', 'build/Release/brood.node']) {
    cpSync(join(root, part), join(folder, part), { recursive: true });
  }
  const node = join(folder, 'node');
  cpSync(process.execPath, node);
  return { node, root: folder };
}

/** Where a program of another user finds what it needs. */
export function forOthers(): Place {
  const open = isOpen(process.execPath) && isOpen(root);
  place ??= open ? { node: process.execPath, root } : copies();
  return place;
}

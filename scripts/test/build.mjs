/** Builds the package, and the tests into build/test. */
import { spawnSync } from 'node:child_process';
import { rmSync } from 'node:fs';
import { join } from 'node:path';

import { root } from './files.mjs';

function runNode(...args) {
  return spawnSync(process.execPath, args, { cwd: root, stdio: 'inherit' }).status === 0;
}

/** Whether all of it could be built; what could not is on stderr. */
export function build() {
  if (!runNode('scripts/build.mjs')) return false;
  rmSync(join(root, 'build/test'), { recursive: true, force: true });
  return runNode(join(root, 'node_modules/typescript/bin/tsc'), '-p', 'test/tsconfig.json');
}

/**
 * Makes the package that carries the addon and brood-init of this kind of machine, from build/Release:
 *
 *     node scripts/pack-binary.mjs FOLDER      → FOLDER/brood-linux-x64-VERSION.tgz
 *
 * No install script runs at the user's: npm installs, of the optional dependencies of brood, the one
 * whose `os`, `cpu` and `libc` fit, and src/platform/binding.ts loads it.
 */
import { copyFileSync, existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';

import { manifest, npm, root, temporaryFolder } from './package/tools.mjs';

/** The machines there are binaries for, as npm tells them apart. */
export const platforms = {
  'linux-x64': { os: ['linux'], cpu: ['x64'], libc: ['glibc'] },
  'linux-arm64': { os: ['linux'], cpu: ['arm64'], libc: ['glibc'] },
  'linux-x64-musl': { os: ['linux'], cpu: ['x64'], libc: ['musl'] },
  'linux-arm64-musl': { os: ['linux'], cpu: ['arm64'], libc: ['musl'] },
};

const addon = 'brood.node';
const programs = ['brood-init'];

function built(name) {
  return join(root, 'build/Release', name);
}

/** The name of this machine's kind: only glibc names its version in the report. */
function thisPlatform() {
  const { glibcVersionRuntime } = process.report.getReport().header;
  const libc = glibcVersionRuntime === undefined ? '-musl' : '';
  return `${process.platform}-${process.arch}${libc}`;
}

/** Returns the path of the tarball. */
export function packBinary(folder) {
  const platform = thisPlatform();
  if (platforms[platform] === undefined) throw new Error(`there is no binary for ${platform}`);
  if (![...programs, addon].every((name) => existsSync(built(name)))) {
    throw new Error('build the addon first: node scripts/build.mjs');
  }

  const { version, license, engines } = manifest();
  const stage = temporaryFolder();
  // With their modes: npm keeps the right to execute.
  for (const name of [...programs, addon]) copyFileSync(built(name), join(stage, name));
  copyFileSync(join(root, 'LICENSE'), join(stage, 'LICENSE'));
  writeFileSync(join(stage, 'README.md'), `The native part of brood for ${platform}.\n`);
  const description = `The native part of brood for ${platform}`;
  const about = { name: `@brood/${platform}`, version, description, license, engines };
  // npm puts them into node_modules/.bin, as it does with programs of packages that are asked for.
  const bin = Object.fromEntries(programs.map((name) => [name, name]));
  const content = { main: addon, bin, files: [addon, ...programs], ...platforms[platform] };
  writeFileSync(join(stage, 'package.json'), JSON.stringify({ ...about, ...content }, null, 2));
  mkdirSync(folder, { recursive: true });
  return npm(['pack', '--silent', '--pack-destination', folder], stage).then((name) =>
    join(folder, name.trim()),
  );
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) {
  console.log(await packBinary(resolve(process.argv[2] ?? '.')));
}

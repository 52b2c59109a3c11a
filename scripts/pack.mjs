/**
 * Packs brood as it is published: without what only a checkout needs, and with the packages of the
 * binaries as optional dependencies, beside the libraries of the command line. They are not in
 * package.json itself, because a checkout builds its own addon and must install before any of them is
 * published.
 *
 *     node scripts/pack.mjs FOLDER      → FOLDER/brood-VERSION.tgz, and that of the binary
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';

import { packBinary, platforms } from './pack-binary.mjs';
import { manifest, npm, root, run, temporaryFolder } from './package/tools.mjs';

/** Resolves with the paths of both tarballs. */
export async function pack(folder) {
  mkdirSync(folder, { recursive: true });
  const stage = temporaryFolder();
  // `prepare` would only build what is built.
  const args = ['pack', '--silent', '--ignore-scripts', '--pack-destination'];
  const plain = (await npm([...args, stage], root)).trim();
  await run('tar', ['xzf', plain], stage);

  const { devDependencies: _dev, scripts: _scripts, ...published } = manifest();
  const versions = Object.keys(platforms).map((name) => [`@brood/${name}`, published.version]);
  const { optionalDependencies: ofTheCommandLine } = published;
  published.optionalDependencies = { ...ofTheCommandLine, ...Object.fromEntries(versions) };
  const inner = join(stage, 'package');
  writeFileSync(join(inner, 'package.json'), `${JSON.stringify(published, null, 2)}\n`);
  const brood = join(folder, (await npm([...args, folder], inner)).trim());
  return { brood, binary: await packBinary(folder) };
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) {
  const { brood, binary } = await pack(resolve(process.argv[2] ?? '.'));
  console.log(`${brood}\n${binary}`);
}

/**
 * Builds the package in place: the addon and brood-init into build/Release, the TypeScript into dist.
 * Says nothing when all went well, and what is missing when it did not.
 *
 *     node scripts/build.mjs [--native] [--ts]      (neither: both)
 */
import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { compileInit } from './build-init.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const require = createRequire(import.meta.url);
const addon = join(root, 'build/Release/brood.node');
const stamp = join(root, 'build/typescript.stamp');

/** Every file below a folder, by its whole path. */
function filesBelow(folder) {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
}

/** Whether `output` is younger than all of `inputs`. */
function isUpToDate(output, inputs) {
  if (!existsSync(output)) return false;
  const made = statSync(output).mtimeMs;
  return inputs.every((input) => statSync(input).mtimeMs < made);
}

function run(script, args) {
  const outcome = spawnSync(process.execPath, [script, ...args], { cwd: root, encoding: 'utf8' });
  return { ok: outcome.status === 0, text: `${outcome.stdout}${outcome.stderr}` };
}

/** The headers that came with this Node, where they did (Debian, nvm, the official archives). */
function headersOfThisNode() {
  const prefix = dirname(dirname(process.execPath));
  return existsSync(join(prefix, 'include/node/node_api.h')) ? prefix : undefined;
}

function works(program) {
  return spawnSync(program, ['--version']).status === 0;
}

function missingTools() {
  const missing = [];
  if (!works('python3')) missing.push('python3 (Debian: apt-get install python3)');
  if (!works('make')) missing.push('make (Debian: apt-get install make)');
  if (!works(process.env.CXX ?? 'g++')) {
    missing.push('a C++20 compiler, g++ 12 or later (Debian: apt-get install g++), or CXX=…');
  }
  if (headersOfThisNode() === undefined && !process.env.npm_config_nodedir) {
    missing.push(
      'the headers of Node.js (Debian: apt-get install libnode-dev; elsewhere set npm_config_nodedir to a folder with include/node), unless node-gyp can download them',
    );
  }
  return missing;
}

function buildNative() {
  const inputs = [...filesBelow(join(root, 'native')), join(root, 'binding.gyp')];
  if (process.platform !== 'linux' || isUpToDate(addon, inputs)) return true;
  const nodedir = process.env.npm_config_nodedir ?? headersOfThisNode();
  const args = ['configure', 'build', '--jobs', 'max', '--loglevel', 'error'];
  if (nodedir !== undefined) args.push('--nodedir', nodedir);
  const { ok, text } = run(require.resolve('node-gyp/bin/node-gyp.js'), args);
  if (ok) return true;
  console.error(text);
  const missing = missingTools();
  console.error('brood: the native addon could not be built.');
  for (const tool of missing) console.error(`  missing: ${tool}`);
  if (missing.length === 0)
    console.error('  No tool is missing: the compiler says above what is wrong.');
  return false;
}

function buildInit() {
  const inputs = [...filesBelow(join(root, 'native')), join(root, 'package.json')];
  const program = join(root, 'build/Release/brood-init');
  if (process.platform !== 'linux' || isUpToDate(program, inputs)) return true;
  return compileInit(root, program);
}

/** Removes from dist what came from a source that is not there any more. */
function prune() {
  const dist = join(root, 'dist');
  for (const file of filesBelow(dist)) {
    const source = join(root, 'src', file.slice(dist.length).replace(/(\.d\.ts|\.js)$/, '.ts'));
    if (!existsSync(source)) rmSync(file);
  }
}

/** The man page, which the command line tells of itself. */
function writeManual() {
  const { man } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  const { ok, text } = run(join(root, 'dist/cli/main.js'), ['manual']);
  if (ok) writeFileSync(join(root, man), text);
  else console.error(`${text}\nbrood: the man page could not be made.`);
  return ok;
}

function markExecutables() {
  const { bin } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  for (const program of Object.values(bin)) chmodSync(join(root, program), 0o755);
}

function buildTypeScript() {
  const inputs = [...filesBelow(join(root, 'src')), join(root, 'tsconfig.json')];
  if (isUpToDate(stamp, inputs) && existsSync(join(root, 'dist'))) return true;
  const started = new Date();
  const { ok, text } = run(join(root, 'node_modules/typescript/bin/tsc'), ['-p', 'tsconfig.json']);
  if (!ok) {
    console.error(text);
    console.error('brood: the TypeScript could not be compiled.');
    return false;
  }
  prune();
  markExecutables();
  if (!writeManual()) return false;
  mkdirSync(dirname(stamp), { recursive: true });
  writeFileSync(stamp, '');
  // A source that was saved while tsc ran is younger than the stamp.
  utimesSync(stamp, started, started);
  return true;
}

const asked = process.argv.slice(2);
const all = asked.length === 0;
const built = [
  all || asked.includes('--native') ? buildNative() && buildInit() : true,
  all || asked.includes('--ts') ? buildTypeScript() : true,
];
process.exitCode = built.every(Boolean) ? 0 : 1;

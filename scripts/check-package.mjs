/**
 * Checks the package as its users get it: packed, linted, installed without a network into an empty
 * project, compiled against and run, with the binary and without it. Prints what is wrong, and last
 * how many checks passed.
 */
import { cpSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { pack } from './pack.mjs';
import { npm, root, run, temporaryFolder } from './package/tools.mjs';

const program = `
import { type Child, features, output, spawn } from 'brood';
import { isMissing, processes } from 'brood/inspect';

const child: Child = await spawn('sh', ['-c', 'read word; echo "$word, $word"; exit 3'], {
  stdin: 'again',
});
const lines: string[] = [];
for await (const line of child) lines.push(line);
const { code } = await child.wait();
const text: string = await output('echo', ['out']);
const addon: boolean = features().addon.available;
const names = await processes({ fields: ['name', 'exe'] }).then(
  (list) => list.filter(({ pid, exe }) => pid === process.pid && !isMissing(exe)).length,
  (error: Error) => error.name,
);
console.log(JSON.stringify({ lines, code, text, addon, names }));
`;

const compilerOptions = {
  target: 'es2022',
  module: 'nodenext',
  strict: true,
  // The declarations of the package are checked too.
  skipLibCheck: false,
  types: ['node'],
  typeRoots: [join(root, 'node_modules/@types')],
};

const folder = temporaryFolder();
const bin = (name) => join(root, 'node_modules/.bin', name);
let tarballs;

function expect(actual, expected, what) {
  const [is, should] = [JSON.stringify(actual), JSON.stringify(expected)];
  if (is !== should) throw new Error(`${what}: ${is} instead of ${should}`);
}

/** A project that has nothing but the given tarballs. */
async function project(...installed) {
  const place = temporaryFolder();
  writeFileSync(join(place, 'package.json'), '{"private": true, "type": "module"}');
  await npm(['install', '--offline', '--no-audit', '--no-fund', ...installed], place);
  return place;
}

/**
 * Puts the libraries of the command line where an installation with a network would have put them: of
 * this checkout, by its lockfile.
 */
function addCommandLibraries(place) {
  const { packages } = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8'));
  for (const [name, { optional, devOptional, dev }] of Object.entries(packages)) {
    if ((!optional && !devOptional) || dev) continue;
    // A peer that one of them can do without, and its binaries for other machines.
    if (name.includes('typescript')) continue;
    cpSync(join(root, name), join(place, name), { recursive: true });
  }
}

async function runProgram(place) {
  writeFileSync(join(place, 'program.ts'), program);
  writeFileSync(join(place, 'tsconfig.json'), JSON.stringify({ compilerOptions }));
  await run(process.execPath, [join(root, 'node_modules/typescript/bin/tsc')], place);
  return JSON.parse(await run(process.execPath, ['program.js'], place));
}

const works = { lines: ['again, again'], code: 3, text: 'out' };

const checks = {
  'it can be packed': async () => {
    tarballs = await pack(folder);
  },
  'publint finds nothing': () => run(bin('publint'), ['run', tarballs.brood, '--strict'], root),
  'the types are right for ESM': () =>
    run(bin('attw'), [tarballs.brood, '--profile', 'esm-only', '--no-emoji'], root),
  'it holds what it should': async () => {
    const listing = await run('tar', ['tzf', tarballs.brood], folder);
    const names = listing.trim().split('\n');
    const wrong = names.filter((name) => /\.test\.|binding\.gyp|\.node$|\/build\//.test(name));
    expect(wrong, [], 'files that users have no use for');
    const needed = [
      'dist/index.js',
      'dist/index.d.ts',
      'dist/pool.js',
      'dist/shared.js',
      'dist/init.js',
      'dist/init/auto.js',
      'dist/cli/main.js',
      'LICENSE',
      'README.md',
    ];
    const missing = needed.filter((name) => !names.includes(`package/${name}`));
    expect(missing, [], 'missing files');
  },
  'it installs, compiles and runs with the binary': async () => {
    const place = await project(tarballs.brood, tarballs.binary);
    expect(await runProgram(place), { ...works, addon: true, names: 1 }, 'the program');
  },
  'the command runs with its libraries, and has its man page': async () => {
    const place = await project(tarballs.brood, tarballs.binary);
    addCommandLibraries(place);
    const said = await run(join(place, 'node_modules/.bin/brood'), ['features', '--json'], place);
    expect(JSON.parse(said).addon.available, true, 'brood features');
    const { man } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
    const page = readFileSync(join(place, 'node_modules/brood', man), 'utf8');
    expect(page.startsWith('.TH BROOD 1'), true, 'the man page');
  },
  'brood-init is executable, and the command becomes it': async () => {
    const place = await project(tarballs.brood, tarballs.binary);
    addCommandLibraries(place);
    const commands = join(place, 'node_modules/.bin');
    for (const [name, ...args] of [
      ['brood-init', '--subreaper'],
      ['brood', 'init'],
    ]) {
      const line = [...args, '--', 'sh', '-c', 'cat /proc/$PPID/comm'];
      expect(await run(join(commands, name), line, place), 'brood-init\n', name);
    }
  },
  'it works without the binary': async () => {
    const place = await project(tarballs.brood);
    const without = { ...works, addon: false, names: 'UnsupportedError' };
    expect(await runProgram(place), without, 'the program');
  },
  'it has no install script and no dependency that must be there': async () => {
    const place = await project(tarballs.brood, tarballs.binary);
    for (const name of readdirSync(join(place, 'node_modules/@brood'))) {
      const file = join(place, 'node_modules/@brood', name, 'package.json');
      expect(JSON.parse(readFileSync(file, 'utf8')).scripts, undefined, `scripts of ${name}`);
    }
    const file = join(place, 'node_modules/brood/package.json');
    const { scripts, dependencies } = JSON.parse(readFileSync(file, 'utf8'));
    expect([scripts, dependencies], [undefined, undefined], 'scripts and dependencies');
  },
};

let failed = 0;
for (const [name, check] of Object.entries(checks)) {
  try {
    await check();
  } catch (error) {
    failed += 1;
    console.error(`FAIL ${name}\n${error.message}`);
    // Nothing else can be checked without a tarball.
    if (tarballs === undefined) break;
  }
}
console.log(`package: ${Object.keys(checks).length - failed} passed, ${failed} failed`);
process.exitCode = failed > 0 ? 1 : 0;

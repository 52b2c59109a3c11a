/** Who takes part, and how each one is started. */
import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const serve = fileURLToPath(new URL('../contestants/serve.mjs', import.meta.url));
const python = fileURLToPath(new URL('../contestants/python.py', import.meta.url));

/** A contestant of this Node, on the functions of ways/`way`.mjs. */
export function inNode(way, name = way) {
  return { name, command: process.execPath, args: ['--expose-gc', serve, way] };
}

/** The path of a program that a package for this machine brings along; undefined if it is not there. */
function fromPackage(names, file) {
  for (const name of names) {
    try {
      return fileURLToPath(new URL(file, import.meta.resolve(`${name}/package.json`)));
    } catch {
      // Not the package of this machine.
    }
  }
  return undefined;
}

/** What a program says to --version, on its first line; undefined if it cannot be run. */
function versionOf(command, args) {
  try {
    const options = { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] };
    return execFileSync(command, args, options).split('\n')[0];
  } catch {
    return undefined;
  }
}

/** A contestant that is no Node; `missing` unless it tells its version. */
export function otherRuntime(name, command, args, versionArgs = ['--version']) {
  const version = command === undefined ? undefined : versionOf(command, versionArgs);
  return { name, command, args, version, missing: version === undefined };
}

// What Deno would keep in the home folder.
const denoEnv = {
  DENO_DIR: fileURLToPath(new URL('../build/deno/', import.meta.url)),
  DENO_NO_UPDATE_CHECK: '1',
};
const deno = [
  'run',
  '--v8-flags=--expose-gc',
  '--allow-all',
  '--no-config',
  '--no-lock',
  '--cached-only',
];

/** All contestants by name; those that are `missing` cannot take part here. */
export function lineUp(programs) {
  const bunPath = fromPackage(['@oven/bun-linux-x64', '@oven/bun-linux-aarch64'], 'bin/bun');
  const denoPath = fromPackage(['@deno/linux-x64-glibc'], 'deno');
  const all = [
    { name: 'C posix_spawn', command: programs.floor, args: [] },
    inNode('brood'),
    inNode('child_process', 'node:child_process'),
    inNode('execa'),
    inNode('tinyexec'),
    inNode('nano-spawn'),
    otherRuntime('Bun.spawn', bunPath, [serve, 'bun']),
    { ...otherRuntime('Deno.Command', denoPath, [...deno, serve, 'deno']), env: denoEnv },
    otherRuntime('Python subprocess', 'python3', [python]),
  ];
  return new Map(all.map((entry) => [entry.name, entry]));
}

/** Those of `names` that can take part. */
export function pick(all, names) {
  return names.map((name) => all.get(name)).filter((entry) => entry.missing !== true);
}

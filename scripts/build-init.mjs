/** Compiles brood-init, which is no part of the addon: a program that needs neither Node nor its headers. */
import { spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, renameSync } from 'node:fs';
import { dirname, join } from 'node:path';

const flags = [
  '-std=c++20',
  '-Os',
  '-Wall',
  '-Wextra',
  '-fno-exceptions',
  '-fno-rtti',
  '-ffunction-sections',
  '-fdata-sections',
  '-Wl,--gc-sections',
  '-s',
];

/** Returns whether `program` could be made; says why not. */
export function compileInit(root, program) {
  const folder = join(root, 'native/init');
  const sources = readdirSync(folder).filter((name) => name.endsWith('.cc'));
  const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  // Others may be running the one that is there: it is replaced, not written over.
  const made = `${program}.new`;
  const args = [
    ...flags,
    `-DBROOD_VERSION="${version}"`,
    '-o',
    made,
    join(root, 'native/remaining.cc'),
    ...sources.map((name) => join(folder, name)),
  ];
  // As make takes it: with words of its own, as in `ccache g++`.
  const [compiler, ...words] = (process.env.CXX ?? 'g++').split(' ');
  const compile = (...more) =>
    spawnSync(compiler, [...words, ...args, ...more], { encoding: 'utf8' });
  mkdirSync(dirname(program), { recursive: true });
  let outcome = compile('-static');
  if (outcome.status !== 0) {
    outcome = compile();
    if (outcome.status === 0) {
      console.error(
        'brood: brood-init is linked dynamically, because there is no static C library to link it with (Debian: apt-get install libc6-dev; Fedora: dnf install glibc-static). It runs only where the C library of this machine is.',
      );
    }
  }
  if (outcome.status === 0) {
    renameSync(made, program);
    return true;
  }
  const said = outcome.error?.message ?? outcome.stderr;
  console.error(`${said}\nbrood: the program brood-init could not be built.`);
  return false;
}

/** The C programs of the benchmark, compiled when it runs. */
import { execFileSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const folder = fileURLToPath(new URL('../build/', import.meta.url));

function compile(name) {
  const source = fileURLToPath(new URL(`../native/${name}.c`, import.meta.url));
  const target = folder + name;
  const compiler = process.env.CC ?? 'cc';
  const args = ['-O2', '-Wall', '-o', target, source];
  try {
    // A static program is smaller, and starts without a linker.
    execFileSync(compiler, ['-static', ...args], { stdio: 'ignore' });
  } catch {
    execFileSync(compiler, args, { stdio: ['ignore', 'inherit', 'inherit'] });
  }
  return target;
}

/** Paths of the programs by name. */
export function compilePrograms() {
  mkdirSync(folder, { recursive: true });
  return {
    floor: compile('floor'),
    writer: compile('writer'),
    touch: compile('touch'),
    sleepers: compile('sleepers'),
    lister: compile('lister'),
  };
}

/** What the numbers depend on. */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import os from 'node:os';

function firstLine(command, args) {
  try {
    const options = { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] };
    return execFileSync(command, args, options).split('\n')[0];
  } catch {
    return 'not here';
  }
}

function hugePages() {
  try {
    const text = readFileSync('/sys/kernel/mm/transparent_hugepage/enabled', 'utf8');
    return /\[(\w+)\]/.exec(text)?.[1] ?? 'unknown';
  } catch {
    return 'none';
  }
}

function versionOf(name) {
  const url = new URL(`../node_modules/${name}/package.json`, import.meta.url);
  return JSON.parse(readFileSync(url, 'utf8')).version;
}

function runtimes(all) {
  return ['Bun.spawn', 'Deno.Command', 'Python subprocess'].map((name) => {
    const { version, missing } = all.get(name);
    return [name, missing ? 'not here, did not take part' : version];
  });
}

/** Rows of name and value. */
export function machine(all) {
  const cpus = os.cpus();
  return [
    ['Kernel', `${os.type()} ${os.release()} ${os.arch()}`],
    ['Processor', `${cpus.length} × ${cpus[0]?.model ?? 'unknown'}`],
    [
      'Memory',
      `${Math.round(os.totalmem() / 2 ** 30)} GiB, transparent huge pages: ${hugePages()}`,
    ],
    ['Load before', os.loadavg()[0].toFixed(2)],
    ['Node', process.version],
    ['C compiler', firstLine(process.env.CC ?? 'cc', ['--version'])],
    ...['brood', 'execa', 'tinyexec', 'nano-spawn', 'tinypool'].map((name) => [
      name,
      versionOf(name),
    ]),
    ...runtimes(all),
  ];
}

/** A sentence when other programs were at work; undefined on a quiet machine. */
export function disturbance() {
  const load = os.loadavg()[0];
  const cores = os.cpus().length;
  if (load < cores / 4) return undefined;
  return `The machine was not quiet: load ${load.toFixed(2)} on ${cores} cores before the start.`;
}

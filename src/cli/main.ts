#!/usr/bin/env node
/** The command `brood`. */
import { readFileSync } from 'node:fs';

import { current } from '../index.ts';
import { printFeatures } from './features.ts';
import { printTour } from './tour.ts';

const usage = `brood: real processes

  brood tour               create processes in every way there is, on this machine
  brood features [--json]  what this kernel, this Node and the addon can do
  brood --version          the version of brood
  brood --help             this
`;

function version(): string {
  // The same place from the sources, from dist and from the published package.
  const file = new URL('../../package.json', import.meta.url);
  return (JSON.parse(readFileSync(file, 'utf8')) as { version: string }).version;
}

/** Says what was wrong with the command line; 2 is what shells give for that. */
function misused(message: string): number {
  process.stderr.write(`brood: ${message}\n\n${usage}`);
  return 2;
}

/** Resolves with the exit code. */
async function main([command, ...args]: readonly string[]): Promise<number> {
  switch (command) {
    case 'tour':
      if (args.length > 0) return misused(`tour takes no arguments: ${args.join(' ')}`);
      return printTour();
    case 'features':
      if (args.some((arg) => arg !== '--json')) return misused('features takes only --json');
      printFeatures(args.length > 0);
      return 0;
    case undefined:
      return misused('a command is missing');
    case '-h':
    case '--help':
      process.stdout.write(usage);
      return 0;
    case '-v':
    case '--version':
      process.stdout.write(`${version()}\n`);
      return 0;
    default:
      return misused(`there is no command ${command}`);
  }
}

// Whoever reads our output has heard enough.
current.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
  current.exit(0);
});

main(current.argv.slice(2)).then(
  (code) => (process.exitCode = code),
  (error: unknown) => {
    console.error(error);
    process.exitCode = 1;
  },
);

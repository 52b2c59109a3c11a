#!/usr/bin/env node
/** The command `brood`: sees to its streams, and to the libraries that only the command line needs. */
import { current, type SignalName, signals } from '../index.ts';
import { tellFailure } from './failure.ts';

/** Whoever reads our output has heard enough. */
function endQuietlyWithoutReader(stream: NodeJS.WriteStream, code: () => number): void {
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
    current.exit(code());
  });
}

function isCatchable(name: SignalName): boolean {
  return signals.describe(name).catchable;
}

async function main(): Promise<void> {
  try {
    // What comes from here on is for the program that it is to run, and waits until there is one.
    if (current.argv[2] === 'init') signals.block(signals.names.filter(isCatchable));
    const { runCommandLine } = await import('./program.ts');
    await runCommandLine(current.argv.slice(2));
  } catch (error) {
    process.exitCode = tellFailure(error, '');
  }
}

endQuietlyWithoutReader(current.stdout, () => 0);
endQuietlyWithoutReader(current.stderr, () => Number(process.exitCode ?? 0));

void main();

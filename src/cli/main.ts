#!/usr/bin/env node
/** The command `brood`: sees to its streams, and to the libraries that only the command line needs. */
import { current } from '../index.ts';

/** Whoever reads our output has heard enough. */
function endQuietlyWithoutReader(stream: NodeJS.WriteStream, code: () => number): void {
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
    current.exit(code());
  });
}

/** The package that an import did not find. */
function missingPackage(error: unknown): string | undefined {
  if (!(error instanceof Error) || !('code' in error)) return undefined;
  if (error.code !== 'ERR_MODULE_NOT_FOUND') return undefined;
  return /Cannot find package '([^']+)'/.exec(error.message)?.[1];
}

async function main(): Promise<void> {
  try {
    const { runCommandLine } = await import('./program.ts');
    await runCommandLine(current.argv.slice(2));
  } catch (error) {
    const name = missingPackage(error);
    if (name === undefined) throw error;
    process.stderr.write(
      `brood: the command line needs the package ${name}, which is not installed\n` +
        'It is an optional dependency of brood: install brood without --omit=optional.\n',
    );
    process.exitCode = 1;
  }
}

endQuietlyWithoutReader(current.stdout, () => 0);
endQuietlyWithoutReader(current.stderr, () => Number(process.exitCode ?? 0));

main().catch((error: unknown) => {
  console.error(error);
  process.exitCode = 1;
});

/** How the command line fails: what it says, and with which exit code. */
import { ProcessError, type SpawnError } from '../index.ts';

/** Exit codes of brood itself; those of timeout(1), env(1) and shells where they have one. */
export const exitCodes = {
  fine: 0,
  failed: 1,
  misused: 2,
  timedOut: 124,
  /** brood could not do its part, or nobody can know how the process ended. */
  unknown: 125,
  notExecutable: 126,
  notFound: 127,
} as const;

/** The command line was wrong: one line that says what, and a hint where there is a better one. */
export class Misuse extends Error {
  readonly hint: string | undefined;

  constructor(message: string, hint?: string) {
    super(message);
    this.hint = hint;
  }
}

/** The codes with which brood refuses an argument before anything is started. */
const refusals = /^ERR_(INVALID_ARG|OUT_OF_RANGE|UNKNOWN_SIGNAL)/;

function isRefusal(error: unknown): error is Error {
  return error instanceof Error && 'code' in error && refusals.test(String(error.code));
}

/** A line on stderr that says who speaks. */
export function complain(message: string): void {
  process.stderr.write(`brood: ${message}\n`);
}

/** The package that an import did not find. */
function missingPackage(error: unknown): string | undefined {
  if (!(error instanceof Error) || !('code' in error)) return undefined;
  if (error.code !== 'ERR_MODULE_NOT_FOUND') return undefined;
  return /Cannot find package '([^']+)'/.exec(error.message)?.[1];
}

/** Says on stderr what went wrong in the command of that name, and gives the exit code. */
export function tellFailure(error: unknown, command: string): number {
  const usual = `Try 'brood ${command} --help'.`;
  if (error instanceof Misuse) {
    complain(error.message);
    process.stderr.write(`${error.hint ?? usual}\n`);
    return exitCodes.misused;
  }
  if (isRefusal(error)) {
    complain(error.message);
    process.stderr.write(`${usual}\n`);
    return exitCodes.misused;
  }
  if (error instanceof ProcessError) {
    complain(error.message);
    return exitCodes.failed;
  }
  const missing = missingPackage(error);
  if (missing !== undefined) {
    complain(`the command line needs the package ${missing}, which is not installed`);
    process.stderr.write(
      'It is an optional dependency of brood: install brood without --omit=optional.\n',
    );
    return exitCodes.failed;
  }
  // A mistake of our own: whoever reports it needs the stack.
  console.error(error);
  return exitCodes.failed;
}

/** The exit code of a program that could not be started, as timeout(1) and env(1) have it. */
export function codeOfFailedStart(error: SpawnError): number {
  const missing = error.code === 'ENOENT' || error.code === 'ENOTDIR';
  if (error.stage === 'resolve') return exitCodes.notFound;
  if (error.stage !== 'exec') return exitCodes.unknown;
  return missing ? exitCodes.notFound : exitCodes.notExecutable;
}

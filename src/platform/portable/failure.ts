/** Translates what Node throws into the kinds of errors.ts. */
import { constants } from 'node:os';
import {
  NoSuchProcessError,
  PermissionError,
  ProcessError,
  SpawnError,
  type SpawnStage,
} from '../../errors.ts';

/** What is told of a failed call of the system, by Node or by our own check. */
export interface Failure {
  readonly code: string;
  /** Positive, as errno(3) has it. */
  readonly errno: number | undefined;
  readonly syscall: string | undefined;
  readonly cause?: unknown;
}

/** A failure that we noticed ourselves, before the kernel had to. */
export function failureOf(
  code: 'EACCES' | 'EBADF' | 'ENOENT' | 'ENOTDIR',
  syscall: string,
): Failure {
  return { code, errno: constants.errno[code], syscall };
}

/** Reads what Node threw; undefined if it does not come from a call of the system. */
export function failureIn(error: unknown): Failure | undefined {
  if (!(error instanceof Error)) return undefined;
  // node:os keeps the real code one level down, under `info`.
  const told = error as NodeJS.ErrnoException & { info?: NodeJS.ErrnoException };
  const { code, errno, syscall } = told.info ?? told;
  if (typeof code !== 'string' || typeof errno !== 'number') return undefined;
  return { code, errno: Math.abs(errno), syscall: syscall?.split(' ')[0], cause: error };
}

/** The error to throw for something refused about the process `pid`; what it cannot read it gives back. */
export function refused(error: unknown, pid: number): unknown {
  const failure = failureIn(error);
  if (failure === undefined) return error;
  const details = { ...failure, pid };
  switch (failure.code) {
    case 'ESRCH':
      return new NoSuchProcessError(pid, details);
    case 'EPERM':
    case 'EACCES':
      return new PermissionError(`${failure.syscall} on process ${pid}: ${failure.code}`, details);
    default:
      return new ProcessError(`${failure.syscall} on process ${pid}: ${failure.code}`, details);
  }
}

/** The error to throw for something refused about a descriptor or a path. */
export function refusedFile(error: unknown): unknown {
  const failure = failureIn(error);
  if (failure === undefined) return error;
  return new ProcessError((error as Error).message, failure);
}

/** The error of a program that could not be started, and at which step. */
export function spawnError(
  program: string,
  stage: SpawnStage,
  failure: Failure,
  path?: string,
): SpawnError {
  const where = path === undefined ? '' : ` (${path})`;
  const message = `cannot start ${program}: ${failure.syscall} failed with ${failure.code}${where}`;
  return new SpawnError(message, { ...failure, program, stage, path });
}

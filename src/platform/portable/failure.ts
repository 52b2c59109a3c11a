/** Translates what Node throws into the errors that the native platform would throw of the same. */
import { constants } from 'node:os';

import type { SpawnError, SpawnStage } from '../../errors.ts';
import { spawnFailure } from '../spawn-failure.ts';
import { stages } from '../stages.ts';
import { translate } from '../translate.ts';

/** What is told of a failed call of the system, by Node or by our own check. */
export interface Failure {
  readonly code: string;
  /** Positive, as errno(3) has it. */
  readonly errno: number;
  readonly syscall: string;
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
  // child_process calls it 'spawnSync' or 'spawn' and the program.
  return { code, errno: Math.abs(errno), syscall: syscall?.split(' ')[0] ?? 'unknown call' };
}

/** The error to throw for what Node threw, about the process `pid` if it is about one. */
export function refused(error: unknown, pid?: number): unknown {
  const failure = failureIn(error);
  if (failure === undefined) return error;
  const { errno, syscall } = failure;
  return translate(Object.assign(new Error(failure.code), { errno, syscall }), pid);
}

/** The error of a program that could not be started, and at which step. */
export function spawnError(
  program: string,
  stage: SpawnStage,
  failure: Failure,
  path?: string,
): SpawnError {
  const { errno, syscall } = failure;
  return spawnFailure(program, { stage: stages.indexOf(stage), errno, syscall, path });
}

/**
 * Which file is started, and which step it was that failed. node:child_process reports a missing
 * working directory, interpreter and program all as the same ENOENT of the command, so what can be
 * asked beforehand is asked beforehand, and the working directory once more after a failure.
 */
import { accessSync, constants, statSync } from 'node:fs';
import { resolve } from 'node:path';

import type { SpawnError } from '../../errors.ts';
import type { SpawnRequest } from '../platform.ts';
import { type Failure, failureIn, failureOf, spawnError } from './failure.ts';

/**
 * The first candidate that can be executed, in the order of execvp(3): a refusal is reported in
 * preference to an absence.
 *
 * @throws SpawnError of the stage 'exec'.
 */
export function programFile(request: SpawnRequest): string {
  const { candidates, cwd } = request;
  // Windows finds programs by rules of its own (PATHEXT), which child_process knows.
  if (process.platform === 'win32') return request.program;
  let missed: { path: string; failure: Failure } | undefined;
  let denied: typeof missed;
  for (const path of candidates) {
    // The child sees a relative candidate from its working directory.
    const failure = whyNot(resolve(cwd ?? '.', path), 'executable');
    if (failure === undefined) return path.includes('/') ? path : `./${path}`;
    missed = { path, failure };
    if (failure.code === 'EACCES') denied ??= missed;
  }
  const { path, failure } = denied ?? missed ?? { path: request.program, failure: noCandidate };
  throw spawnError(request.program, 'exec', failure, path);
}

const noCandidate = failureOf('ENOENT', 'execve');

/** Throws a SpawnError of the stage 'chdir' if the child could not enter its working directory. */
export function checkFolder(request: SpawnRequest): void {
  if (request.cwd === undefined) return;
  const failure = whyNot(request.cwd, 'folder');
  if (failure !== undefined) throw spawnError(request.program, 'chdir', failure, request.cwd);
}

/** Why `path` cannot be entered or executed; undefined if it can. */
function whyNot(path: string, as: 'folder' | 'executable'): Failure | undefined {
  const syscall = as === 'folder' ? 'chdir' : 'execve';
  try {
    const folder = statSync(path).isDirectory();
    if (as === 'executable' && folder) return failureOf('EACCES', syscall);
    if (as === 'folder' && !folder) return failureOf('ENOTDIR', syscall);
    accessSync(path, constants.X_OK);
    return undefined;
  } catch (error) {
    const failure = failureIn(error);
    if (failure === undefined) throw error;
    return { ...failure, syscall };
  }
}

/** Turns what child_process reports of `file` into the error that names the step. */
export function startFailure(request: SpawnRequest, file: string, error: unknown): unknown {
  const failure = failureIn(error);
  if (failure === undefined) return error;
  const gone = request.cwd === undefined ? undefined : whyNot(request.cwd, 'folder');
  if (gone !== undefined) return spawnError(request.program, 'chdir', gone, request.cwd);
  return failedStep(request, file, failure);
}

function failedStep(request: SpawnRequest, file: string, failure: Failure): SpawnError {
  const { program, attributes } = request;
  const told = (syscall: string): Failure => ({ ...failure, syscall });
  switch (failure.code) {
    case 'EAGAIN':
    case 'ENOMEM':
      return spawnError(program, 'clone', told('fork'));
    case 'EMFILE':
    case 'ENFILE':
      return spawnError(program, 'pipe', told('socketpair'));
    case 'EBADF':
      return spawnError(program, 'descriptors', told('dup2'));
    case 'EPERM':
    case 'EINVAL':
      if (attributes?.gid !== undefined) return spawnError(program, 'setgid', told('setgid'));
      if (attributes?.uid !== undefined) return spawnError(program, 'setuid', told('setuid'));
  }
  return spawnError(program, 'exec', told('execve'), file);
}

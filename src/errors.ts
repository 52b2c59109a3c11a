/**
 * The errors of brood. What the operating system refuses is a {@link ProcessError}; what the caller
 * got wrong is a TypeError or RangeError with a code of Node's own (`ERR_INVALID_ARG_TYPE`, …).
 * Native failures are turned into these once, at the border (`platform/`).
 */

/** What every {@link ProcessError} can tell. */
export interface ProcessErrorDetails {
  /** The name of the error, `'ENOENT'`, or a code of brood's own, `'ERR_EXIT'`. */
  readonly code: string;
  /** The system call that failed. */
  readonly syscall?: string | undefined;
  /** The errno of the system call, positive, as errno(3) has it. */
  readonly errno?: number | undefined;
  /** The process it is about. */
  readonly pid?: number | undefined;
  readonly cause?: unknown;
}

/** The operating system refused something, or a process did not do what was asked of it. */
export class ProcessError extends Error {
  override readonly name: string = 'ProcessError';
  readonly code: string;
  readonly syscall: string | undefined;
  readonly errno: number | undefined;
  readonly pid: number | undefined;

  constructor(message: string, details: ProcessErrorDetails) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.code = details.code;
    this.syscall = details.syscall;
    this.errno = details.errno;
    this.pid = details.pid;
  }
}

/** The step of creating a process at which it failed, in the order in which they are taken. */
export type SpawnStage =
  | 'resolve'
  | 'open'
  | 'pipe'
  | 'clone'
  | 'cgroup'
  | 'session'
  | 'processGroup'
  | 'controllingTerminal'
  | 'descriptors'
  | 'chdir'
  | 'umask'
  | 'priority'
  | 'scheduling'
  | 'affinity'
  | 'ioPriority'
  | 'oomScoreAdjust'
  | 'rlimit'
  | 'groups'
  | 'setgid'
  | 'setuid'
  | 'deathSignal'
  | 'exec';

/** What a {@link SpawnError} tells beyond a {@link ProcessError}. */
export interface SpawnErrorDetails extends ProcessErrorDetails {
  /** The program as the caller named it. */
  readonly program: string;
  readonly stage: SpawnStage;
  /** The path that failed: of the program, the working directory, the file or the cgroup. */
  readonly path?: string | undefined;
}

/** A program could not be started; nothing of it is left. Source: posix_spawn(3), execve(2). */
export class SpawnError extends ProcessError {
  override readonly name = 'SpawnError';
  readonly program: string;
  readonly stage: SpawnStage;
  readonly path: string | undefined;

  constructor(message: string, details: SpawnErrorDetails) {
    super(message, details);
    this.program = details.program;
    this.stage = details.stage;
    this.path = details.path;
  }
}

/** There is no process of that pid (ESRCH): it never was, or it ended and was reaped. */
export class NoSuchProcessError extends ProcessError {
  override readonly name = 'NoSuchProcessError';

  constructor(pid: number, details: Partial<ProcessErrorDetails> = {}) {
    super(`no process has the pid ${pid}`, { code: 'ESRCH', pid, ...details });
  }
}

/** The kernel does not let this user do that to that process (EPERM, EACCES). */
export class PermissionError extends ProcessError {
  override readonly name = 'PermissionError';
}

/** A bound that the caller set on the time was passed. */
export class TimeoutError extends ProcessError {
  override readonly name = 'TimeoutError';

  constructor(message: string, details: Partial<ProcessErrorDetails> = {}) {
    super(message, { code: 'ETIMEDOUT', ...details });
  }
}

/** This kernel, operating system or Node cannot do that; the message names what can. */
export class UnsupportedError extends ProcessError {
  override readonly name = 'UnsupportedError';

  constructor(message: string, details: Partial<ProcessErrorDetails> = {}) {
    super(message, { code: 'ENOTSUP', ...details });
  }
}

/** The words in which a value is shown in a message: its kind, and the value where it is short. */
function shown(value: unknown): string {
  if (value === null || value === undefined) return String(value);
  if (typeof value === 'function') return `function ${value.name}`;
  if (typeof value === 'object') return `an instance of ${value.constructor?.name ?? 'Object'}`;
  const text = typeof value === 'string' ? JSON.stringify(value) : String(value);
  return `type ${typeof value} (${text.length > 60 ? `${text.slice(0, 60)}…` : text})`;
}

function coded<E extends Error>(error: E, code: string): E & { code: string } {
  return Object.assign(error, { code });
}

/** `ERR_INVALID_ARG_TYPE`: the argument or option `name` should have been `expected`. */
export function invalidType(name: string, expected: string, value: unknown): TypeError {
  return coded(
    new TypeError(`"${name}" must be ${expected}. Received ${shown(value)}`),
    'ERR_INVALID_ARG_TYPE',
  );
}

/** `ERR_INVALID_ARG_VALUE`: right in kind, wrong in value; `reason` says how. */
export function invalidValue(name: string, value: unknown, reason: string): TypeError {
  return coded(
    new TypeError(`"${name}" ${reason}. Received ${shown(value)}`),
    'ERR_INVALID_ARG_VALUE',
  );
}

/** `ERR_OUT_OF_RANGE`: a number that is not within `range`. */
export function outOfRange(name: string, range: string, value: unknown): RangeError {
  return coded(
    new RangeError(`"${name}" must be ${range}. Received ${String(value)}`),
    'ERR_OUT_OF_RANGE',
  );
}

/** An error as Node makes it for an aborted AbortSignal; `cause` is the reason that was given. */
export function abortError(signal: AbortSignal): Error & { readonly code: 'ABORT_ERR' } {
  const error = new Error('The operation was aborted', { cause: signal.reason });
  error.name = 'AbortError';
  return Object.assign(error, { code: 'ABORT_ERR' } as const);
}

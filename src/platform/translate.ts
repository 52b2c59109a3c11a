/** The border: what the addon throws becomes one of the kinds of errors.ts, once. */
import { getSystemErrorMap } from 'node:util';

import {
  NoSuchProcessError,
  PermissionError,
  ProcessError,
  UnsupportedError,
  type ProcessErrorDetails,
} from '../errors.ts';
import type { NativeFailure } from './binding.ts';

/** The name and the words of an errno, such as `['ENOENT', 'no such file or directory']`. */
export function errnoWords(errno: number): [name: string, words: string] {
  return getSystemErrorMap().get(-errno) ?? [`E${errno}`, `error ${errno}`];
}

function isNativeFailure(error: unknown): error is NativeFailure {
  return error instanceof Error && 'errno' in error && 'syscall' in error;
}

/**
 * What a failed native call means for the caller: NoSuchProcessError for ESRCH on a pid,
 * PermissionError for EPERM and EACCES, UnsupportedError for ENOSYS, and ProcessError for the rest.
 * Anything that is no native failure is returned as it is.
 */
export function translate(error: unknown, pid?: number): Error {
  if (!isNativeFailure(error)) return error instanceof Error ? error : new Error(String(error));
  const [code, words] = errnoWords(error.errno);
  const whom = pid === undefined ? '' : ` of process ${pid}`;
  const message = `${error.syscall}${whom} failed: ${words} (${code})`;
  const details: ProcessErrorDetails = { code, syscall: error.syscall, errno: error.errno, pid };
  if (code === 'ESRCH' && pid !== undefined) return new NoSuchProcessError(pid, details);
  if (code === 'EPERM' || code === 'EACCES') return new PermissionError(message, details);
  if (code === 'ENOSYS') {
    return new UnsupportedError(`${message}; a newer Linux kernel has this call`, details);
  }
  return new ProcessError(message, details);
}

/** Calls the addon and translates what it throws. */
export function translated<T>(call: () => T, pid?: number): T {
  try {
    return call();
  } catch (error) {
    throw translate(error, pid);
  }
}

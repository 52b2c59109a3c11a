/** The error of what the caller called off. */

/** An error as Node makes it for an aborted AbortSignal; `cause` is the reason that was given. */
export function abortError(signal: AbortSignal): Error & { readonly code: 'ABORT_ERR' } {
  const error = new Error('The operation was aborted', { cause: signal.reason });
  error.name = 'AbortError';
  return Object.assign(error, { code: 'ABORT_ERR' } as const);
}

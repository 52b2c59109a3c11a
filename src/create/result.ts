/** What a one-liner comes to. A result and the error for it have one shape. */
import { ProcessError } from '../errors.ts';
import type { ExitStatus } from '../status/exit-status.ts';

/**
 * What run() and its kin come to; the fields of {@link ExitError} are the same. `Output` is string, or
 * Buffer for the encoding `'buffer'`.
 */
export interface Result<Output extends string | Buffer = string> {
  /** The command as one would type it into a shell. */
  readonly command: string;
  readonly status: ExitStatus;
  /** What was kept of its standard output; empty if that went elsewhere. */
  readonly stdout: Output;
  /** What was kept of its standard error; empty if that went elsewhere. */
  readonly stderr: Output;
  /** Both as they came, with the option `all`. */
  readonly all?: Output;
  /** Milliseconds from the call to the end. */
  readonly durationMs: number;
  /** Whether it was stopped because `timeout` or `deadline` was over. */
  readonly timedOut: boolean;
  /** Whether it was stopped by us, for whatever reason. */
  readonly killed: boolean;
  /** Whether an output was longer than `maxBuffer`, and what follows is missing. */
  readonly truncated: boolean;
  /** The stages of a pipeline. */
  readonly stages?: readonly StageResult<Output>[];
}

/** What one stage of a pipeline came to. */
export interface StageResult<Output extends string | Buffer = string> {
  readonly command: string;
  readonly status: ExitStatus;
  /** What was kept of its standard error. */
  readonly stderr: Output;
}

/** How much of standard error a message quotes. */
const quotedLength = 2000;
const quotedCommand = 200;

/**
 * A program did not end with exit code 0, or was stopped. The message quotes the end of its standard
 * error; `shortMessage` does without. `code` is `'ETIMEDOUT'` after a time-out, or `'ERR_EXIT'`.
 *
 * @example
 * ```ts
 * import { ExitError, run } from 'brood';
 * try {
 *   await run('sh', ['-c', 'echo no >&2; exit 3']);
 * } catch (error) {
 *   if (error instanceof ExitError) console.log(error.status.code, error.stderr); // 3 'no\n'
 * }
 * ```
 */
export class ExitError<Output extends string | Buffer = string>
  extends ProcessError
  implements Result<Output>
{
  override readonly name = 'ExitError';
  readonly shortMessage: string;
  readonly command: string;
  readonly status: ExitStatus;
  readonly stdout: Output;
  readonly stderr: Output;
  declare readonly all?: Output;
  readonly durationMs: number;
  readonly timedOut: boolean;
  readonly killed: boolean;
  readonly truncated: boolean;
  declare readonly stages?: readonly StageResult<Output>[];

  constructor(result: Result<Output>, details: { pid?: number | undefined; cause?: unknown } = {}) {
    const shortMessage = describe(result);
    const quoted = quotation(result.stderr);
    super(quoted === '' ? shortMessage : `${shortMessage}\n${quoted}`, {
      code: result.timedOut ? 'ETIMEDOUT' : 'ERR_EXIT',
      ...details,
    });
    this.shortMessage = shortMessage;
    this.command = result.command;
    this.status = result.status;
    this.stdout = result.stdout;
    this.stderr = result.stderr;
    if (result.all !== undefined) this.all = result.all;
    this.durationMs = result.durationMs;
    this.timedOut = result.timedOut;
    this.killed = result.killed;
    this.truncated = result.truncated;
    if (result.stages !== undefined) this.stages = result.stages;
  }
}

function describe(result: Result<string | Buffer>): string {
  const { command, status } = result;
  const shown =
    command.length > quotedCommand ? `${command.slice(0, quotedCommand - 1)}…` : command;
  if (result.timedOut) {
    return `${shown}: timed out after ${Math.round(result.durationMs)} ms, ${status.toString()}`;
  }
  return `${shown}: ${result.killed ? 'stopped, ' : ''}${status.toString()}`;
}

/** The end of what it said on standard error, as a message quotes it. */
export function quotation(stderr: string | Buffer): string {
  const text = typeof stderr === 'string' ? stderr : stderr.toString('utf8');
  const trimmed = text.trimEnd();
  return trimmed.length > quotedLength ? `…${trimmed.slice(-quotedLength)}` : trimmed;
}

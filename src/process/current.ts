/** This program, as one process among others. */
import { inspect } from 'node:util';

import { invalidType, ProcessError } from '../errors.ts';
import { platform } from '../platform/select.ts';
import type { ExitStatus } from '../status/exit-status.ts';
import { checkInteger } from './attribute-values.ts';
import { stopChildren } from './cleanup.ts';
import { onExit, runExitors, tell } from './exitors.ts';
import { Handle } from './handle.ts';
import { startAdopting } from './orphans.ts';
import { Process, setSelf } from './process.ts';
import { cannotWaitForItself, SelfRef } from './self-ref.ts';
import type { TerminateOptions } from './stop-options.ts';
import type { WaitOptions } from './time.ts';
import { waitAny } from './wait-any.ts';

/** The kind of {@link current}: a `Process` that can do to itself what nobody else can. */
export class CurrentProcess extends Process {
  constructor() {
    super(new Handle(new SelfRef()));
  }

  override get isCurrent(): boolean {
    return true;
  }

  /** The pid of the parent now. */
  get ppid(): number {
    return process.ppid;
  }

  /** What `ps` shows. Longer than the command line was, it may be cut. */
  get title(): string {
    return process.title;
  }

  set title(title: string) {
    if (typeof title !== 'string') throw invalidType('title', 'a string', title);
    process.title = title;
  }

  /** The path of Node, the path of the script, and its arguments. */
  get argv(): string[] {
    return process.argv;
  }

  /** The environment; what is set is handed on to programs that are started later. */
  get env(): NodeJS.ProcessEnv {
    return process.env;
  }

  /**
   * The working directory. Source: chdir(2).
   *
   * @throws ProcessError on setting (ENOENT, ENOTDIR, EACCES) and, when it was removed, on reading.
   */
  get cwd(): string {
    return translated(() => process.cwd());
  }

  set cwd(directory: string) {
    if (typeof directory !== 'string') throw invalidType('cwd', 'a string', directory);
    translated(() => process.chdir(directory));
  }

  /** The bits taken away from the mode of files that it creates, 0 to 0o777. Source: umask(2). */
  get umask(): number {
    return process.umask();
  }

  set umask(mask: number) {
    process.umask(checkInteger(mask, 'umask', 0, 0o777));
  }

  /** Standard input, as it was given. */
  get stdin(): typeof process.stdin {
    return process.stdin;
  }

  /** Standard output, as it was given. */
  get stdout(): typeof process.stdout {
    return process.stdout;
  }

  /** Standard error, as it was given. */
  get stderr(): typeof process.stderr {
    return process.stderr;
  }

  /** The id of its process group. Source: getpgrp(2). */
  get processGroup(): number {
    return platform().own.processGroup();
  }

  /** The id of its session. Source: getsid(2). */
  get session(): number {
    return platform().own.session();
  }

  /**
   * Whether orphans below this program come to it, and not to init. waitAny() tells of their ends.
   * Source: PR_SET_CHILD_SUBREAPER of prctl(2).
   *
   * @throws UnsupportedError where the operating system has no such thing.
   */
  get subreaper(): boolean {
    return platform().own.getSubreaper();
  }

  set subreaper(on: boolean) {
    if (typeof on !== 'boolean') throw invalidType('subreaper', 'a boolean', on);
    if (on) startAdopting();
    platform().own.setSubreaper(on);
  }

  /**
   * Ends the program: exitors first, then the children that are to be stopped. Source: exit(3).
   *
   * @throws TypeError, RangeError unless `code` is 0 to 255.
   */
  exit(code = 0): never {
    return process.exit(checkInteger(code, 'code', 0, 255));
  }

  /**
   * Ends the program because something is wrong that cannot be right again: exitors, the message on
   * standard error, and SIGABRT with a core dump where the limits allow one. Source: abort(3).
   */
  crash(message: string | Error): never {
    if (typeof message !== 'string' && !(message instanceof Error)) {
      throw invalidType('message', 'a string or an Error', message);
    }
    runExitors();
    tell(typeof message === 'string' ? message : inspect(message));
    stopChildren();
    return platform().own.abort();
  }

  /**
   * Registers what is to be done before the program ends: synchronously, each at most once, the last
   * one first, also when another throws (the exit code is 1 then, if it was 0). They run on exit(),
   * crash(), process.exit(), an uncaught exception and the end of the event loop, not when a signal
   * ends the program. Returns what unregisters it. Source: atexit(3).
   *
   * @example
   * ```ts
   * import { current } from 'brood';
   * const forget = current.onExit(() => console.log('good bye'));
   * forget();
   * ```
   */
  onExit(exitor: () => void): () => void {
    return onExit(exitor);
  }

  /**
   * The next of our children to end, in the order of the kernel, its `exitStatus` known: each child
   * once, and not those whose status a wait() has given. Of children that ended unasked, the last
   * 4096 at least are remembered. A subreaper's orphans are among them; children of node:child_process
   * are not. Source: wait(2).
   *
   * @throws ProcessError ECHILD, as a rejection, when there is no child.
   *
   * @example
   * ```ts
   * import { current, spawn } from 'brood';
   * await spawn('sh', ['-c', 'exit 3']);
   * const child = await current.waitAny();
   * console.log(child.exitStatus?.code); // 3
   * ```
   */
  waitAny(): Promise<Process> {
    return waitAny();
  }

  /** Rejects with a ProcessError `ERR_INVALID_STATE`: a process cannot wait for itself. */
  override wait(_options?: WaitOptions): Promise<never> {
    return Promise.reject(cannotWaitForItself());
  }

  /** Throws a ProcessError `ERR_INVALID_STATE`: a process cannot wait for itself. */
  override waitSync(_options?: WaitOptions): never {
    throw cannotWaitForItself();
  }

  /** Rejects like wait(): use exit(), or terminate a process below. */
  override terminate(_options?: TerminateOptions): Promise<ExitStatus> {
    return this.wait();
  }
}

/**
 * This program.
 *
 * @example
 * ```ts
 * import { current } from 'brood';
 * console.log(current.pid === process.pid, current.isCurrent); // true true
 * ```
 */
export const current: CurrentProcess = new CurrentProcess();
setSelf(current);

function translated<T>(call: () => T): T {
  try {
    return call();
  } catch (error) {
    const { code, syscall, errno, message } = error as NodeJS.ErrnoException;
    if (syscall === undefined || code === undefined || errno === undefined) throw error;
    throw new ProcessError(message, { code, syscall, errno: Math.abs(errno), cause: error });
  }
}

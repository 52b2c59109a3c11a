/** The life of a fork server: it imports what tasks need, comes to rest, and forks from then on. */
import { stat } from 'node:fs/promises';
import { compileFunction, constants } from 'node:vm';

import type { ForkServerPlan } from '../platform/fork-server.ts';
import { platform } from '../platform/select.ts';
import { runForkHooks } from '../process/on-fork.ts';
import { collectGarbage } from './collect-garbage.ts';
import { rehearse } from './rehearse.ts';
import { serve } from './serve.ts';

/** Where the parent has put the socket that leads to it. */
const channel = 64;
/** How long sockets that are being closed may take, in milliseconds. */
const closingMs = 2000;

const [given] = process.argv.splice(2, 1);
const { preload, base } = JSON.parse(given!) as Pick<ForkServerPlan, 'preload' | 'base'>;
const { serving } = platform();
/** What was open after each import, to tell whose it is. */
const openAfter: (readonly string[])[] = [];

let releaseStreams: () => void;

/** Begins it. `release` is called in each child that was set up. */
export async function becomeServer(release: () => void): Promise<void> {
  releaseStreams = release;
  silenceLoaderWarning();
  const importAhead = importerFrom(base);
  for (const [index, name] of preload.entries()) {
    serving.tellImporting(channel, index);
    try {
      await importAhead(name);
    } catch (error) {
      return cannot('ERR_PRELOAD', `cannot import '${name}' ahead: ${messageOf(error)}`, error);
    }
    openAfter.push(serving.openHandles());
  }
  // libuv's threads are there from now on, so that it is known how a fork leaves them behind.
  await stat('/');
  await rehearse();
  const open = await whatStaysOpen();
  if (open.length > 0) return cannot('ERR_PRELOAD_HANDLES', handlesInWords(open));
  await collectGarbage();
  // From a turn of the loop in which nothing else is in the middle of anything.
  setImmediate(fork);
}

function fork(): void {
  const served = serving.serve(channel, true);
  if (typeof served === 'string') {
    const modules = preload.length === 0 ? '' : ` after importing ${preload.join(', ')}`;
    return cannot('ERR_FORK_SERVER', `the fork server cannot serve${modules}: ${served}`);
  }
  served.beSetUp();
  releaseStreams();
  runForkHooks(true);
  serve(served.control);
}

function cannot(code: string, message: string, error?: unknown): void {
  const cause =
    error instanceof Error
      ? { name: error.name, message: error.message, stack: error.stack ?? '' }
      : undefined;
  serving.tellFailure(channel, { code, message, ...(cause !== undefined && { cause }) });
  process.exit(1);
}

function messageOf(error: unknown): string {
  return error instanceof Error ? `${error.name}: ${error.message}` : String(error);
}

/** import() as a module of that file has it. */
function importerFrom(file: string): (name: string) => Promise<unknown> {
  return compileFunction('return import(name)', ['name'], {
    filename: file,
    importModuleDynamically: constants.USE_MAIN_CONTEXT_DEFAULT_LOADER as never,
  }) as (name: string) => Promise<unknown>;
}

/** Node calls that constant experimental, aloud, at its first use; nobody here can help it. */
function silenceLoaderWarning(): void {
  // oxlint-disable-next-line typescript/unbound-method -- put back as it was
  const { emitWarning } = process;
  process.emitWarning = (...args: unknown[]): void => {
    if (String(args[0]).startsWith('vm.USE_MAIN_CONTEXT_DEFAULT_LOADER')) {
      process.emitWarning = emitWarning;
      return;
    }
    Reflect.apply(emitWarning, process, args);
  };
}

/** What children would share, once what is about to be closed is closed. */
async function whatStaysOpen(): Promise<readonly string[]> {
  const until = Date.now() + closingMs;
  for (;;) {
    const open = serving.openHandles();
    if (open.length === 0 || Date.now() > until) return open;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

function handlesInWords(open: readonly string[]): string {
  const owners = open.map((each) => {
    const first = openAfter.findIndex((list) => list.includes(each));
    return first < 0 ? each : `${each} (of '${preload[first]}')`;
  });
  return `modules that are imported ahead left open what all tasks would share: ${owners.join(', ')}; open it in the task, or in a hook of onFork()`;
}

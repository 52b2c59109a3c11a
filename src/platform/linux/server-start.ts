/** How a fork server is started, and what is said of one that cannot be had. */
import { ProcessError } from '../../errors.ts';
import { exitStatus } from '../../status/exit-status.ts';
import type { NativeAddon } from '../binding.ts';
import type { ForkServerPlan, ServerFailure } from '../fork-server.ts';
import type { DescriptorSource, End, ProcessRef, SpawnRequest } from '../platform.ts';
import { channelOfServer } from './server-words.ts';

export const sigkill = 9;

/** How a process ended, in words. */
export function endInWords(end: End): string {
  return String(exitStatus(end));
}

/** A promise of the end of a process. */
export function endOf(ref: ProcessRef): Promise<End> {
  return new Promise((resolve) => ref.onEnd(resolve));
}

/** The same for who has nothing else to wait for: the loop goes on until then. */
export function endAwaited(ref: ProcessRef): Promise<End> {
  ref.ref();
  return endOf(ref);
}

/** ProcessError.code where there is no server, for reasons of its own. */
export const serverCode = 'ERR_FORK_SERVER';

/** The error for those whose server was closed under them. */
export function closed(title: string): ProcessError {
  return new ProcessError(`${title} was closed`, { code: serverCode });
}

/** The error for what a server said of itself. */
export function failureOf(data: Buffer): ProcessError {
  const { code, message, cause } = JSON.parse(data.toString()) as ServerFailure;
  if (cause === undefined) return new ProcessError(message, { code });
  const original = new Error(cause.message);
  original.name = cause.name;
  original.stack = cause.stack;
  return new ProcessError(message, { code, cause: original });
}

/** Ours, or nothing where it is closed. */
export function standard(addon: NativeAddon, fd: number): DescriptorSource {
  try {
    addon.describe(fd);
    return { kind: 'descriptor', fd };
  } catch {
    return { kind: 'null' };
  }
}

/** The start of a server; `channel` is its end of the socket. */
export function serverRequest(
  addon: NativeAddon,
  plan: ForkServerPlan,
  channel: number,
): SpawnRequest {
  const { script, execArgv, preload, base } = plan;
  const descriptors = new Map<number, DescriptorSource>([
    [0, { kind: 'null' }],
    [1, standard(addon, 1)],
    [2, standard(addon, 2)],
    [channelOfServer, { kind: 'descriptor', fd: channel }],
  ]);
  // These are kept free of what Node opens, for the descriptors that a child is given.
  for (let fd = 3; fd < channelOfServer; fd++) descriptors.set(fd, { kind: 'null' });
  return {
    program: 'the fork server',
    candidates: [process.execPath],
    argv: [process.execPath, ...execArgv, script, JSON.stringify({ preload, base })],
    env: undefined,
    cwd: undefined,
    descriptors,
    // A group of its own: what a terminal sends is for the program and its tasks.
    attributes: { processGroup: 0, deathSignal: sigkill },
    // Its end is that of the socket, or of the program.
    cleanup: false,
  };
}

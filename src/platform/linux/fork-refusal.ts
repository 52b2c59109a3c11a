/** Why a fork was refused, in words: the cause by name, and the way out. */
import { UnsupportedError } from '../../errors.ts';

/** Codes of native/fork.cc, with what the kernel or the loop said. */
export type RawRefusal = readonly [code: string, detail: string];

const otherWay =
  "a process that shares no memory has no such limit: spawn(process.execPath, ['module.js'])";

/** The error for what the addon refused. Nothing has changed. */
export function refusalOf([code, detail]: RawRefusal, settleMs: number): UnsupportedError {
  switch (code) {
    case 'requests':
      return new UnsupportedError(
        `cannot fork: ${detail} requests of the event loop did not end within ${settleMs} ms (files, look-ups, connects, writes that the other side does not read): wait for them before, give more time (settle), or ${otherWay}`,
        { code: 'ERR_FORK_BUSY' },
      );
    case 'background':
      return new UnsupportedError(
        `cannot fork: the background work of V8 did not come to rest within ${settleMs} ms: give it more time (settle), or ${otherWay}`,
        { code: 'ERR_FORK_BUSY' },
      );
    case 'threads':
      return new UnsupportedError(
        `cannot fork: ${threadsInWords(detail)}, and what it is in the middle of would stay so for ever in the child: end it before, or ${otherWay}`,
        { code: 'ERR_FORK_THREADS' },
      );
    default:
      return new UnsupportedError(`cannot fork: ${inabilityInWords(detail)}; ${otherWay}`);
  }
}

/** Why no fork can be had in this program at all. */
export function inabilityInWords(reason: string): string {
  return reason.startsWith('_Z')
    ? `this Node does not export ${reason}, as the builds of nodejs.org do`
    : reason;
}

/** What is known to start a thread, by what gives it away. */
function threadsInWords(list: string): string {
  const options = [...process.execArgv, ...(process.env['NODE_OPTIONS'] ?? '').split(/\s+/)];
  const profiler = options.find((option) => /^--(cpu-prof|prof)$/.test(option));
  const url = inspectorUrl();
  const threads = `there are threads besides Node's own (${list})`;
  if (url !== undefined) return `the inspector is on (${url}); ${threads}`;
  if (profiler !== undefined) return `${profiler} is on; ${threads}`;
  return `${threads}: a worker of node:worker_threads, hooks of module.register(), or an addon's`;
}

function inspectorUrl(): string | undefined {
  try {
    return process.getBuiltinModule('node:inspector').url();
  } catch {
    return undefined; // a Node without an inspector
  }
}

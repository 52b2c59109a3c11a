/** The start method 'forkserver': a small process that has imported what tasks need forks for us. */
import { isAbsolute, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

import { invalidType, invalidValue, outOfRange } from '../../../errors.ts';
import type { ForkServer } from '../../../platform/platform.ts';
import { platform } from '../../../platform/select.ts';
import { launch } from '../../launch.ts';
import { planSpawn } from '../../spawn-options.ts';
import { taskDialect, type TaskOptions } from '../plan.ts';
import type { Assignment, Prepared, StartedTask } from './method.ts';
import { nodeOptions } from './spawn.ts';

const script = fileURLToPath(new URL('../../../child/fork-server.js', import.meta.url));

const defaultSpares = 2;
const mostSpares = 64;
const defaultIdleMs = 300_000;
/** What setTimeout() takes at most. */
const longestMs = 0x7fff_ffff;

/** See `StartMethod`. */
export async function startByForkserver(assignment: Assignment): Promise<StartedTask> {
  return startFrom(serverFor(assignment.options), assignment, assignment.message());
}

/** A child of that server, for what is assigned. `job`: the first message to it. */
export async function startFrom(
  server: ForkServer,
  { title, options, withoutKeeper = false }: Assignment,
  job: StartedTask['job'],
): Promise<StartedTask> {
  const plan = planSpawn(process.execPath, [], options, taskDialect);
  const request = { ...plan.request, program: title, withoutKeeper };
  const { ref, ends, control } = await launch({ ...plan, request }, (each) => server.start(each));
  return { started: { ref, ends }, control, job, plan };
}

/** Starts the server of these options ahead; for other methods there is nothing to do. */
export async function prepareForkserver(options: TaskOptions): Promise<Prepared> {
  const server = options.method === 'forkserver' ? serverFor(options) : undefined;
  await server?.prepare();
  const close = async (): Promise<void> => server?.close();
  return { close, [Symbol.asyncDispose]: close };
}

/** The server of these options, which has not begun; wrong options are thrown. */
export function serverFor(options: TaskOptions): ForkServer {
  const { preload = [], spares = defaultSpares, idleTimeout = defaultIdleMs } = options;
  if (!Array.isArray(preload)) throw invalidType('options.preload', 'an array', preload);
  checkSpares(spares);
  if (idleTimeout !== Infinity) checkCount(idleTimeout, 'options.idleTimeout', longestMs);
  return platform().forkServer({
    script,
    execArgv: nodeOptions(options),
    preload: preload.map((each: unknown, index) => specifierOf(each, `options.preload[${index}]`)),
    // What runs code of the command line has no file.
    base: process.argv[1] ?? join(process.cwd(), '[eval]'),
    spares,
    idleMs: idleTimeout,
  });
}

/** How many children a server has ready. */
export function checkSpares(spares: unknown): void {
  checkCount(spares, 'options.spares', mostSpares);
}

function checkCount(value: unknown, name: string, most: number): void {
  if (typeof value !== 'number') throw invalidType(name, 'a number', value);
  if (!Number.isInteger(value) || value < 0 || value > most) {
    throw outOfRange(name, `an integer from 0 to ${most}`, value);
  }
}

/** A URL as it is, a path as a URL, and the name of a package. */
function specifierOf(given: unknown, name: string): string {
  if (given instanceof URL) return given.href;
  if (typeof given !== 'string') throw invalidType(name, 'a URL or a string', given);
  if (isAbsolute(given)) return pathToFileURL(given).href;
  if (given === '' || given.startsWith('.')) {
    const reason =
      "must be a URL, an absolute path or a package: new URL('./x.js', import.meta.url)";
    throw invalidValue(name, given, reason);
  }
  return given;
}

/** Starts the process of a child: a program, or a function. */
import { launch } from '../../create/launch.ts';
import { lookAfter } from '../../create/look-after.ts';
import { planSpawn, type SpawnOptions } from '../../create/spawn-options.ts';
import { task } from '../../create/task.ts';
import { features } from '../../platform/features.ts';
import type { SpawnRequest } from '../../platform/platform.ts';
import type { Child } from '../../process/child.ts';
import type { Cgroup } from '../cgroup.ts';
import type { CheckedChild, Work } from '../checked-child.ts';
import { markName } from '../remains.ts';
import { childDialect } from '../spawn-dialect.ts';

/** What a run adds to what the child was described with. */
export interface Outfit {
  readonly mark: string;
  readonly instance: number;
  readonly cgroup: Cgroup | undefined;
  /** The name of its NOTIFY_SOCKET, and WATCHDOG_USEC. */
  readonly variables: Readonly<Record<string, string>>;
  /** Descriptors that listen, by name; ours to keep. */
  readonly sockets: ReadonlyMap<string, number>;
}

/** What the first descriptor after standard error is: SD_LISTEN_FDS_START. */
const firstSocket = 3;
/** Ten digits, which the child replaces by its pid before exec. */
const pidToCome = '0000000000';

/** What a supervisor tells every child, whatever it was told itself. */
const supervised = [
  'NOTIFY_SOCKET',
  'WATCHDOG_USEC',
  'WATCHDOG_PID',
  'LISTEN_FDS',
  'LISTEN_PID',
  'LISTEN_FDNAMES',
];

/** Resolves once it runs. @throws SpawnError, UnsupportedError, as a rejection. */
export async function startProcess(child: CheckedChild, outfit: Outfit): Promise<Child> {
  const { work } = child;
  switch (work.kind) {
    case 'command':
    case 'shell':
      return startProgram(work, optionsFor(child, outfit));
    case 'task': {
      const starter = task.with({ ...taskOptions(child, outfit) });
      return starter(work.fn, ...work.args);
    }
    case 'module': {
      const starter = task.with({ ...taskOptions(child, outfit) });
      return starter.module(work.url, work.name, ...work.args);
    }
    case 'supervisor':
      throw new TypeError('a supervisor has no process of its own');
  }
}

async function startProgram(
  work: Extract<Work, { kind: 'command' | 'shell' }>,
  options: SpawnOptions,
): Promise<Child> {
  const plan =
    work.kind === 'command'
      ? planSpawn(work.program, work.args, options, childDialect)
      : planSpawn(work.line, [], { ...options, shell: true }, childDialect);
  const request = withOwnPid(plan.request);
  return lookAfter({ ...plan, request }, await launch({ ...plan, request }));
}

/** Names the variable that the child fills in. */
function withOwnPid(request: SpawnRequest): SpawnRequest {
  const place = request.env?.indexOf(`LISTEN_PID=${pidToCome}`) ?? -1;
  if (place < 0) return request;
  return { ...request, attributes: { ...request.attributes, pidVariable: place } };
}

function optionsFor({ options, name }: CheckedChild, outfit: Outfit): SpawnOptions {
  const { sockets, cgroup } = outfit;
  const fds: Record<number, number> = {};
  for (const [index, fd] of [...sockets.values()].entries()) fds[firstSocket + index] = fd;
  const listen: Record<string, string> =
    sockets.size === 0
      ? {}
      : {
          LISTEN_FDS: String(sockets.size),
          LISTEN_FDNAMES: [...sockets.keys()].join(':'),
          LISTEN_PID: pidToCome,
        };
  return {
    ...options,
    env: { ...environmentOf(options), ...marks(name, outfit), ...outfit.variables, ...listen },
    extendEnv: false,
    fds,
    session: true,
    ...(cgroup === undefined ? undefined : { cgroup: cgroup.path }),
    ...(features().deathSignal.available ? { deathSignal: 'SIGTERM' } : undefined),
  };
}

function marks(name: string, { mark, instance }: Outfit): Record<string, string> {
  return { [markName]: mark, BROOD_NAME: name, BROOD_INSTANCE: String(instance) };
}

/** What the caller gave, or our own, without what our own supervisor told us. */
function environmentOf({ env, extendEnv }: SpawnOptions): Record<string, string | undefined> {
  if (env !== undefined && extendEnv !== true) return { ...env };
  const own: Record<string, string | undefined> = { ...process.env };
  for (const name of supervised) delete own[name];
  return { ...own, ...env };
}

function taskOptions(child: CheckedChild, outfit: Outfit): SpawnOptions & { method?: 'fork' } {
  const { fds: _, ...options } = optionsFor(child, outfit);
  const { method } = child;
  return {
    ...options,
    stdout: 'pipe',
    stderr: 'pipe',
    ...(method === undefined ? undefined : { method: method as 'fork' }),
  };
}

/** How the workers of a pool are started. */
import { frameOf } from '../channel/frame.ts';
import { becomeTemplate } from '../child/closure-template.ts';
import type { AnyFunction } from '../child/load-function.ts';
import { workerKinds, type Duty } from '../child/worker-messages.ts';
import { startEntry } from '../create/fork-entry.ts';
import { checkSettle } from '../create/fork.ts';
import { planSpawn } from '../create/spawn-options.ts';
import {
  checkSpares,
  serverFor,
  startByForkserver,
  startFrom,
} from '../create/task/methods/forkserver.ts';
import type { Assignment, StartedTask } from '../create/task/methods/method.ts';
import { nodeOptions, startBySpawn } from '../create/task/methods/spawn.ts';
import { keepOwnEnd, lendEnd, takeBackEnd } from '../create/task/methods/their-ends.ts';
import { taskDialect } from '../create/task/plan.ts';
import { invalidValue } from '../errors.ts';
import { features } from '../platform/features.ts';
import type { ForkServer, ProcessRef } from '../platform/platform.ts';
import { platform } from '../platform/select.ts';
import { poolClosed } from './pool-errors.ts';
import type { PoolPlan } from './pool-options.ts';

/** What a pool starts workers with. */
export interface Launcher {
  /** A new worker, which tells when it can be called. */
  start(): Promise<StartedTask>;
  /** Nothing will be started any more. */
  close(): Promise<void>;
  /** The process that workers are forked from, if that is the pool's own. */
  readonly template: number | undefined;
}

/** Beside the one that takes the place of a template that died. */
const defaultSpares = 1;
const title = 'worker of a pool';

/** Workers that have the functions of this program, by way of a template. */
export function closureLauncher(
  handlers: Readonly<Record<string, AnyFunction>>,
  plan: PoolPlan,
): Launcher {
  const { settle, spares, ...rest } = plan.worker;
  const assignment = assignmentFor(plan, { ...rest }, () => {
    throw new TypeError('a worker that was forked from its template is told nothing');
  });
  checkSpares(spares ?? defaultSpares);
  const server = templateOf(handlers, plan, { settleMs: checkSettle({ settle }), spares });
  // It is forked now, for it is the memory of now that the workers have.
  const prepared = server.prepare();
  prepared.catch(() => {});
  let isClosed = false;
  return {
    start: async () => {
      await prepared;
      if (isClosed) throw poolClosed();
      return startFrom(server, assignment, undefined);
    },
    close: () => {
      isClosed = true;
      return server.close();
    },
    get template() {
      return server.pid;
    },
  };
}

function templateOf(
  handlers: Readonly<Record<string, AnyFunction>>,
  { initializer, maxMemory }: PoolPlan,
  {
    settleMs,
    spares = defaultSpares,
  }: { readonly settleMs: number; readonly spares?: number | undefined },
): ForkServer {
  const handling = {
    begin: (initializer ?? ((): void => {})) as () => unknown,
    find: (name: string): AnyFunction => handlers[name] as AnyFunction,
    self: handlers,
    maxMemory,
  };
  const start = async (channel: number): Promise<ProcessRef> => {
    lendEnd(channel);
    const entry = (): Promise<void> => {
      keepOwnEnd(channel);
      return becomeTemplate(channel, handling);
    };
    try {
      const { started } = await startEntry(
        entry,
        { stdin: 'ignore', processGroup: true, deathSignal: 'SIGKILL', cleanup: false },
        { settleMs, withoutKeeper: true },
      );
      return started.ref;
    } finally {
      takeBackEnd(channel);
    }
  };
  return platform().template({ title: 'the template of the pool', spares, start });
}

/** Workers that import a module. */
export function moduleLauncher(module: string, plan: PoolPlan): Launcher {
  const { initializer, maxMemory, method, worker } = plan;
  const duty: Duty = {
    module,
    initializer: initializer as Duty['initializer'],
    maxMemory,
  };
  let message: ReturnType<typeof frameOf>;
  try {
    message = frameOf(workerKinds.duty, duty);
  } catch (cause) {
    const words = cause instanceof Error ? cause.message : String(cause);
    const error = invalidValue('options.initializer', initializer, `must be clonable: ${words}`);
    error.cause = cause;
    throw error;
  }
  const served = method === 'forkserver' ? { preload: [module], ...worker } : worker;
  const assignment = assignmentFor(plan, served, () => message);
  if (method === 'forkserver') serverFor(assignment.options);
  else nodeOptions(assignment.options);
  const start = method === 'forkserver' ? startByForkserver : startBySpawn;
  return { start: () => start(assignment), close: async () => {}, template: undefined };
}

function assignmentFor(
  { method }: PoolPlan,
  options: Assignment['options'],
  message: Assignment['message'],
): Assignment {
  const dies = features().deathSignal.available;
  const all: Assignment['options'] = {
    method,
    stderr: 'pipe',
    ...(dies && { deathSignal: 'SIGKILL' }),
    ...options,
  };
  // What is wrong is told before anything is started.
  planSpawn(process.execPath, [], all, taskDialect);
  return {
    title,
    options: all,
    dies,
    withoutKeeper: true,
    begin: () => {
      throw new TypeError('a worker is not begun in a copy of this process');
    },
    message,
  };
}

/** From a function or the name of an export to the job that another process can do. */
import { isAbsolute } from 'node:path';
import { pathToFileURL } from 'node:url';

import { frameOf, type Frame } from '../../channel/frame.ts';
import { compileTaskFunction, moduleBeingLoaded } from '../../child/load-function.ts';
import { serveJob } from '../../child/serve-task.ts';
import { kinds, type Job, type Target, type TaskFlags } from '../../child/task-messages.ts';
import { invalidType, invalidValue, ProcessError } from '../../errors.ts';
import type { Assignment } from './methods/method.ts';
import type { TaskPlan, Work } from './plan.ts';

/** What to use instead of a function that cannot be sent as text. */
const wayOut = "use task.module(), or the start method 'fork'";

/** What the process of a task is started for. */
export function assignmentOf(plan: TaskPlan): Assignment {
  const { work, args, options, dies, linger, survives } = plan;
  // In a copy of this process too, it would start itself for ever.
  if (work.from === 'module') checkRecursion(work.url);
  return {
    title: `task ${work.name}`,
    options,
    dies,
    begin: (controlFd) => {
      const target = work.from === 'module' ? work : work.fn;
      serveJob(controlFd, target, { args, linger, survives });
    },
    message: () => jobFrame(work, args, { linger, survives }),
  };
}

/**
 * The first message to a process that knows nothing of this one.
 *
 * @throws TypeError `ERR_INVALID_ARG_VALUE` for a function that cannot be sent, or arguments that cannot
 * be cloned.
 */
function jobFrame(work: Work, args: readonly unknown[], flags: TaskFlags): Frame {
  const job: Job = { target: targetOf(work), args, ...flags };
  try {
    return frameOf(kinds.job, job);
  } catch (cause) {
    throw unclonableArgument(args, cause);
  }
}

function targetOf(work: Work): Target {
  if (work.from === 'module') return work;
  return { from: 'source', source: sourceOf(work.fn), name: work.name, file: work.file };
}

/** The text of a function that can stand alone. */
function sourceOf(fn: (...args: never[]) => unknown): string {
  const source = Function.prototype.toString.call(fn);
  if (/\{\s*\[native code\]\s*\}\s*$/.test(source)) {
    throw invalidValue('fn', fn, `must not be native or bound, which has no source: ${wayOut}`);
  }
  try {
    // The very thing that the other process will do; it runs nothing of the function.
    compileTaskFunction({ source, file: 'file:///' });
  } catch (cause) {
    const error = invalidValue(
      'fn',
      fn,
      `must be a function that can stand alone (no method, no import.meta, no super): ${wayOut}`,
    );
    error.cause = cause;
    throw error;
  }
  return source;
}

/**
 * A module that starts a task of itself while it is loaded would do so again in each task, for ever.
 */
export function checkRecursion(url: string): void {
  if (moduleBeingLoaded() !== url) return;
  throw new ProcessError(
    `${url} is being loaded for a task, and starts a task of itself while it is: put the function ` +
      'into a module of its own, or what starts the task into `if (import.meta.main)`',
    { code: 'ERR_TASK_RECURSION' },
  );
}

export function unclonableArgument(args: readonly unknown[], cause: unknown): unknown {
  for (const [index, each] of args.entries()) {
    try {
      frameOf(kinds.job, each);
    } catch (reason) {
      const words = reason instanceof Error ? reason.message : String(reason);
      const error = invalidValue(
        `args[${index}]`,
        each,
        `must be clonable: ${words.replace(/\.$/, '')}`,
      );
      error.cause = reason;
      return error;
    }
  }
  return cause;
}

/** The URL of a module, given as a URL or an absolute path. */
export function checkModule(url: unknown): string {
  if (url instanceof URL) return url.href;
  if (typeof url !== 'string') throw invalidType('url', 'a URL or a string', url);
  if (isAbsolute(url)) return pathToFileURL(url).href;
  if (/^(?:file|node|data):/.test(url)) return url;
  throw invalidValue(
    'url',
    url,
    "must be a URL or an absolute path: new URL('./work.js', import.meta.url), or " +
      "import.meta.resolve('package')",
  );
}

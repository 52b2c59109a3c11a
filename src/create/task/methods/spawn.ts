/** The start method 'spawn': a fresh Node, which shares nothing with this one. */
import type { Duplex } from 'node:stream';
import { fileURLToPath } from 'node:url';

import { invalidType } from '../../../errors.ts';
import { checkText } from '../../command.ts';
import { launch } from '../../launch.ts';
import { planSpawn } from '../../spawn-options.ts';
import { taskDialect, type TaskOptions } from '../plan.ts';
import type { Assignment, StartedTask } from './method.ts';

const program = fileURLToPath(new URL('../../../child/spawned.js', import.meta.url));

/** See `StartMethod`. */
export async function startBySpawn(assignment: Assignment): Promise<StartedTask> {
  const { options, dies } = assignment;
  const execArgv = nodeOptions(options);
  const job = assignment.message();
  const argv = [...execArgv, program];
  const plan = planSpawn(process.execPath, argv, options, taskDialect);
  const { descriptors } = plan.request;
  let fd = 3;
  while (descriptors.has(fd)) fd++;
  const request = {
    ...plan.request,
    argv: [...plan.request.argv, String(fd)],
    withoutKeeper: dies,
    descriptors: new Map([...descriptors, [fd, { kind: 'socketpair' }]] as const),
  };
  const started = await launch({ ...plan, request });
  const ends = new Map(started.ends);
  const control = ends.get(fd) as Duplex;
  ends.delete(fd);
  return { started: { ref: started.ref, ends }, control, job, plan };
}

/** Options of Node that are for this program's own code alone, or that two programs cannot have. */
const ownAlone =
  /^(?:-e|-p|-pe|-c|-i|--(?:eval|print|check|interactive|input-type|run|debug-port|build-snapshot|inspect|watch|test|experimental-test|cpu-prof-name|heap-prof-name)(?:-[a-z-]+)?)(?:=|$)/;

/** The options of Node that another one is started with, checked. */
export function nodeOptions({ execArgv }: TaskOptions): readonly string[] {
  if (execArgv === undefined) return inheritedArgv(process.execArgv);
  checkArgv(execArgv);
  return execArgv;
}

/** The options of Node that this program was started with, as far as they are for others too. */
function inheritedArgv(own: readonly string[]): string[] {
  const kept: string[] = [];
  for (let at = 0; at < own.length; at++) {
    const option = own[at] as string;
    if (!ownAlone.test(option)) {
      kept.push(option);
      continue;
    }
    // Its value, if that is a word of its own; code may begin with a dash.
    const next = own[at + 1];
    const isCode = /^(?:-e|-p|-pe|--eval|--print)$/.test(option);
    if (next !== undefined && !option.includes('=') && (isCode || !next.startsWith('-'))) at++;
  }
  return kept;
}

function checkArgv(argv: unknown): void {
  if (!Array.isArray(argv)) throw invalidType('options.execArgv', 'an array of strings', argv);
  for (const [index, each] of argv.entries()) checkText(each, `options.execArgv[${index}]`);
}

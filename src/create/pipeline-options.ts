/** The stages of a pipeline and its options: checked, and worked out to one plan a stage. */
import { invalidType, invalidValue } from '../errors.ts';
import type { AttributeOptions } from './attribute-options.ts';
import type { Encoding } from './capture.ts';
import { checkFlag, type CommandOptions } from './command.ts';
import { unknownName } from './option-names.ts';
import {
  capturing,
  keepOf,
  refuseTalk,
  runOptionNames,
  setInput,
  type Keep,
  type RunOptions,
} from './run-options.ts';
import { attributeNames, planSpawn, spawnOptionNames, type SpawnPlan } from './spawn-options.ts';
import type { StderrOption, StdioOptions } from './stdio-options.ts';

/** A stage with options of its own; they come before those of the pipeline. */
export interface StageOptions extends CommandOptions, AttributeOptions {
  readonly program: string;
  readonly args?: readonly string[] | undefined;
  /** Its standard error, captured by default; `'stdout'` sends it down the pipeline. */
  readonly stderr?: StderrOption | undefined;
  readonly fds?: StdioOptions['fds'];
}

/** A stage: the program and its arguments, or {@link StageOptions}. */
export type Stage = readonly [program: string, ...args: string[]] | StageOptions;

/**
 * Options of {@link pipeline}: those of run(), for all stages. `stdin` and `input` concern the first
 * one, `stdout` the last one.
 */
export interface PipelineOptions<E extends Encoding = Encoding> extends RunOptions<E> {
  /**
   * The status is that of the last stage that failed, not just that of the last one; true by default.
   * A stage before the last that ended because nobody read on (SIGPIPE) has not failed.
   */
  readonly pipefail?: boolean | undefined;
}

/** A checked pipeline(). */
export interface PipelinePlan {
  readonly stages: readonly SpawnPlan[];
  readonly keep: Keep;
  readonly pipefail: boolean;
}

const stageNames: ReadonlySet<string> = new Set([
  'program',
  'args',
  'cwd',
  'env',
  'extendEnv',
  'argv0',
  'shell',
  'stderr',
  'fds',
  ...attributeNames,
]);
const pipelineNames: ReadonlySet<string> = new Set([
  ...spawnOptionNames,
  ...runOptionNames,
  'pipefail',
]);
const dialect = { ...capturing, names: pipelineNames };

/** Checks a call of pipeline(). */
export function planPipeline(stages: unknown, options: PipelineOptions = {}): PipelinePlan {
  if (!Array.isArray(stages)) throw invalidType('stages', 'an array of stages', stages);
  if (stages.length === 0) throw invalidValue('stages', stages, 'must have a stage');
  if (typeof options !== 'object' || options === null) {
    throw invalidType('options', 'an object', options);
  }
  const last = stages.length - 1;
  const plans = stages.map((stage: unknown, i) => planStage(stage, i, i === last, options));
  if (options.input !== undefined) setInput(plans[0] as SpawnPlan, options);
  return {
    stages: plans,
    keep: keepOf(options),
    pipefail: options.pipefail === undefined || checkFlag(options.pipefail, 'options.pipefail'),
  };
}

function planStage(
  stage: unknown,
  index: number,
  isLast: boolean,
  options: PipelineOptions,
): SpawnPlan {
  const name = `stages[${index}]`;
  const { program, args, ...own } = stageOf(stage, name);
  const merged: PipelineOptions = { ...options, ...own };
  // The kernel's pipes take the place of what is written here; see pipeline.ts.
  const inner: PipelineOptions = {
    ...merged,
    ...(index > 0 ? { stdin: 'ignore', input: undefined } : undefined),
    ...(isLast ? undefined : { stdout: 'ignore' }),
  };
  try {
    const plan = planSpawn(program, args ?? [], inner, dialect);
    refuseTalk(plan, inner);
    return plan;
  } catch (error) {
    if (error instanceof Error && 'code' in error) error.message = `${name}: ${error.message}`;
    throw error;
  }
}

function stageOf(stage: unknown, name: string): StageOptions {
  if (Array.isArray(stage)) {
    const [program, ...args] = stage as [string, ...string[]];
    return { program, args };
  }
  if (typeof stage !== 'object' || stage === null) {
    throw invalidType(name, 'an array [program, ...args] or an object', stage);
  }
  for (const each of Object.keys(stage)) {
    if (!stageNames.has(each)) throw unknownName(`${name}.${each}`, each, stageNames);
  }
  return stage as StageOptions;
}

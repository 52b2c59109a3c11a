/** Programs that the kernel joins: no byte between two of them passes through JavaScript. */
import type { FileDescriptor } from '../descriptor/file-descriptor.ts';
import { pipe } from '../descriptor/pipe.ts';
import type { Started } from '../platform/platform.ts';
import { platform } from '../platform/select.ts';
import type { ExitStatus } from '../status/exit-status.ts';
import { abortError } from './abort-error.ts';
import { Batch, type BatchEnd, type Ended } from './batch.ts';
import type { Encoding, OutputOf } from './capture.ts';
import {
  planPipeline,
  type PipelineOptions,
  type PipelinePlan,
  type Stage,
} from './pipeline-options.ts';
import type { Result, StageResult } from './result.ts';
import { commandOfPlan, settle } from './run.ts';
import type { SpawnPlan } from './spawn-options.ts';

/** What a {@link pipeline} comes to. `stdout` is that of the last stage, `stderr` that of all. */
export interface PipelineResult<Output extends string | Buffer = string> extends Result<Output> {
  /** Each stage for itself, in order. */
  readonly stages: readonly StageResult<Output>[];
  /** How each stage ended, in order. */
  readonly statuses: readonly ExitStatus[];
}

/**
 * Runs programs of which each reads what the one before it writes, and waits for all of them. They run
 * at the same time, joined by pipes of the kernel.
 *
 * `status` is that of the last stage that failed, or else of the last one. A stage that stops reading
 * ends those before it by SIGPIPE, which is no failure (nor is exit code 141, by which a shell tells of
 * it). If one cannot be started, the others are stopped. Source: pipe(2), bash's pipefail.
 *
 * @throws ExitError, which has `stages` too, if a stage failed or it took too long, unless `check` is
 * false; SpawnError, AbortError, TypeError and RangeError like {@link run}.
 *
 * @example
 * ```ts
 * import { pipeline } from 'brood';
 * const { stdout } = await pipeline([['seq', '1000'], ['sort', '-rn'], ['head', '-1']]);
 * console.log(stdout); // '1000\n'
 * ```
 */
export async function pipeline<E extends Encoding = 'utf8'>(
  stages: readonly Stage[],
  options?: PipelineOptions<E>,
): Promise<PipelineResult<OutputOf<E>>> {
  const plan = planPipeline(stages, options);
  const startedAt = performance.now();
  const { bound, stop } = plan.stages[0] as SpawnPlan;
  if (bound?.signal?.aborted === true) throw abortError(bound.signal);
  const batch = new Batch(plan.keep, stop, true);
  await startAll(plan.stages, batch);
  const end = await batch.end(bound);
  const result = resultOf(plan, batch, end, startedAt);
  return settle(result, end, { spawn: { bound }, keep: plan.keep }) as PipelineResult<OutputOf<E>>;
}

/** Starts all stages, or none: those that started are stopped if another one could not. */
async function startAll(plans: readonly SpawnPlan[], batch: Batch): Promise<void> {
  const joints: FileDescriptor[] = [];
  let starts: PromiseSettledResult<Started>[];
  try {
    plans.reduce((from, to) => {
      joints.push(...joined(from, to));
      return to;
    });
    for (const { stdio } of plans) stdio.handed?.begin();
    starts = await Promise.allSettled(plans.map(({ request }) => platform().spawn(request)));
  } finally {
    // The ends are the children's alone from here on, or nobody would see the end of input.
    for (const joint of joints) joint.close();
  }
  const failure = starts.find((start) => start.status === 'rejected');
  plans.forEach((plan, i) => {
    const start = starts[i];
    if (start?.status === 'fulfilled') {
      plan.stdio.handed?.done();
      batch.add(plan, start.value);
    } else {
      plan.stdio.handed?.undo();
    }
  });
  if (failure === undefined) return;
  batch.stop();
  await batch.end(undefined).catch(() => {});
  throw failure.reason;
}

/** Joins two stages; the ends are still ours to close. */
function joined(from: SpawnPlan, to: SpawnPlan): [FileDescriptor, FileDescriptor] {
  const { readEnd, writeEnd } = pipe();
  from.stdio.descriptors.set(1, { kind: 'descriptor', fd: writeEnd.fd });
  to.stdio.descriptors.set(0, { kind: 'descriptor', fd: readEnd.fd });
  return [readEnd, writeEnd];
}

function resultOf(
  plan: PipelinePlan,
  batch: Batch,
  end: BatchEnd,
  startedAt: number,
): PipelineResult<string | Buffer> {
  const { keep } = plan;
  const { members, timedOut, killed } = end;
  const last = members.at(-1) as Ended;
  const statuses = members.map(({ status }) => status);
  const stages = members.map((member) => ({
    command: commandOfPlan(member.plan),
    status: member.status,
    stderr: member.err.output(keep.encoding),
  }));
  return {
    command: stages.map((stage) => stage.command).join(' | '),
    status:
      plan.pipefail && last.status.ok ? (statuses.findLast(failed) ?? last.status) : last.status,
    stdout: last.out.output(keep.encoding),
    stderr: batch.errors.output(keep.encoding),
    ...(keep.all ? { all: batch.all.output(keep.encoding) } : undefined),
    durationMs: performance.now() - startedAt,
    timedOut,
    killed,
    truncated: members.some(({ out, err }) => out.truncated || err.truncated),
    stages,
    statuses,
  };
}

/** 128 + SIGPIPE: what a shell gives as its own exit code when its last program was killed so. */
const shellPipe = 141;

/** Whether a stage before the last one failed. */
function failed(status: ExitStatus): boolean {
  return !status.ok && status.shellCode !== shellPipe;
}

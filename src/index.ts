/** The public door of brood: named re-exports, by room. */
export { ChannelError } from './channel/channel-error.ts';
export { Channel } from './channel/channel.ts';
export type { RequestContext, RequestHandler, RequestOptions } from './channel/requests.ts';
export { taskChannel } from './child/task-channel.ts';
export { attach } from './create/attach.ts';
export { type AttributeOptions } from './create/attribute-options.ts';
export { call, type CallOptions } from './create/call.ts';
export { type Encoding, type OutputOf } from './create/capture.ts';
export { type CommandOptions } from './create/command.ts';
export { type Environment } from './create/environment.ts';
export { exec, type ExecOptions, type KeptOption } from './create/exec.ts';
export { type Source } from './create/feed.ts';
export { type ForkEntryOptions } from './create/fork-entry.ts';
export { fork, type ForkOptions } from './create/fork.ts';
export { type Kept } from './create/kept.ts';
export { output, type OutputOptions } from './create/output.ts';
export { type PipelineOptions, type Stage, type StageOptions } from './create/pipeline-options.ts';
export { pipeline, type PipelineResult } from './create/pipeline.ts';
export { ExitError, type Result, type StageResult } from './create/result.ts';
export { type RunOptions } from './create/run-options.ts';
export { callSync, outputSync, runSync, type RunSyncOptions } from './create/run-sync.ts';
export { run } from './create/run.ts';
export { type BoundOptions, type SpawnOptions } from './create/spawn-options.ts';
export { spawn } from './create/spawn.ts';
export {
  type ExtraOption,
  type FileTarget,
  type StderrOption,
  type StdinOption,
  type StdioOption,
  type StdioOptions,
  type StdoutOption,
} from './create/stdio-options.ts';
export { task, type TaskFunction, type TaskStarter, type TaskValue } from './create/task.ts';
export type { Prepared } from './create/task/methods/method.ts';
export { type TaskMethod, type TaskOptions } from './create/task/plan.ts';
export { TaskError, type TaskErrorCode } from './create/task/task-error.ts';
export { Task, type TaskResult } from './create/task/task-handle.ts';
export {
  FileDescriptor,
  type DescriptorType,
  type ReceivedMessage,
} from './descriptor/file-descriptor.ts';
export { open } from './descriptor/open.ts';
export { type Pipe, pipe } from './descriptor/pipe.ts';
export { socketpair } from './descriptor/socketpair.ts';
export {
  NoSuchProcessError,
  PermissionError,
  ProcessError,
  SpawnError,
  TimeoutError,
  UnsupportedError,
  type ProcessErrorDetails,
  type SpawnErrorDetails,
  type SpawnStage,
} from './errors.ts';
export type { ProcessField, ProcessInfo } from './inspect/process-info.ts';
export {
  signals,
  type SignalHandler,
  type Signals,
  type SignalSet,
} from './process/own-signals.ts';
export {
  type SignalAction,
  type SignalDescription,
  type SignalName,
} from './signal/signal-names.ts';
export { ExitStatus } from './status/exit-status.ts';
export { type ResourceUsage } from './status/resource-usage.ts';
export { Child, type LinesOptions } from './process/child.ts';
export { current, type CurrentProcess } from './process/current.ts';
export { NullID } from './process/null-id.ts';
export { onFork } from './process/on-fork.ts';
export { Process } from './process/process.ts';
export type { Scope, TerminateOptions } from './process/stop-options.ts';
export type { WaitOptions } from './process/time.ts';
export type { LimitValues } from './process/attribute-values.ts';
export { features } from './platform/features.ts';
export type {
  Disposition,
  Feature,
  FeatureName,
  Features,
  IoPriority,
  Limit,
  LimitName,
  Scheduling,
  SchedulingPolicy,
} from './platform/platform.ts';
export { SharedMemory, type SharedMemoryOptions } from './shared/shared-memory.ts';

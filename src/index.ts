/** The public door of brood: named re-exports, by room. */
export {
  FileDescriptor,
  type DescriptorType,
  type ReceivedMessage,
} from './descriptor/file-descriptor.ts';
export { open } from './descriptor/open.ts';
export { type Pipe, pipe } from './descriptor/pipe.ts';
export { socketpair } from './descriptor/socketpair.ts';
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
export { Process } from './process/process.ts';
export type { Scope, TerminateOptions } from './process/stop-options.ts';
export type { WaitOptions } from './process/time.ts';
export type { LimitValues } from './process/attribute-values.ts';

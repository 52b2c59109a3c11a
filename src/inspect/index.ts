/** The public door `brood/inspect`: what the kernel knows of any process. */
export type { IoCounters, ThreadInfo, Times } from './accounts.ts';
export { bytesOf } from './bytes.ts';
export type { CapabilityName } from './capabilities.ts';
export type { CgroupMembership, Container } from './cgroups.ts';
export type { Capabilities, Credentials, Ids } from './credentials.ts';
export type { DescriptorHolder, DescriptorInfo, OpenFileType, OtherEnd } from './descriptors.ts';
export {
  type CoreDumpEvent,
  eventTypes,
  type ExecEvent,
  type ExitEvent,
  type ForkEvent,
  type IdEvent,
  type NameEvent,
  type ProcessEvent,
  type ProcessEventType,
  type RescanEvent,
  type SessionEvent,
  type SourceEvent,
  type TraceEvent,
} from './event-types.ts';
export { events, type EventsOptions } from './events.ts';
export type { StateWord } from './identity.ts';
export { type Criteria, find } from './find.ts';
export { inspect } from './inspect.ts';
export type { CopyOnWrite, Memory, PageUse, Region } from './memory.ts';
export {
  type Denied,
  type Gone,
  isMissing,
  type Known,
  known,
  type Missing,
  type Unsupported,
} from './missing.ts';
export type { CgroupInfo, Namespaces } from './namespaces.ts';
export type { ProcessField, ProcessInfo } from './process-info.ts';
export { type CommonField, processes, type ProcessesOptions } from './processes.ts';
export type { Policy, SchedulingInfo } from './scheduling.ts';
export type { SignalSets } from './signal-sets.ts';
export type { SocketInfo } from './sockets.ts';
export { type InitKind, type ProcessTree, tree, type TreeNode } from './tree.ts';
export type { Watched, WatchTick } from './watch-tick.ts';
export { watch, type WatchOptions } from './watch.ts';

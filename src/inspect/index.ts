/** The public door `brood/inspect`: what the kernel knows of any process. */
export type { IoCounters, ThreadInfo, Times } from './accounts.ts';
export { bytesOf } from './bytes.ts';
export type { CapabilityName } from './capabilities.ts';
export type { CgroupMembership, Container } from './cgroups.ts';
export type { Capabilities, Credentials, Ids } from './credentials.ts';
export type { DescriptorHolder, DescriptorInfo, OpenFileType, OtherEnd } from './descriptors.ts';
export type { StateWord } from './identity.ts';
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
export type { Policy, SchedulingInfo } from './scheduling.ts';
export type { SignalSets } from './signal-sets.ts';
export type { SocketInfo } from './sockets.ts';

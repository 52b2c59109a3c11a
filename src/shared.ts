/** The public door `brood/shared`: memory between processes, and what is kept in it. */
export { ChannelError } from './channel/channel-error.ts';
export { Channel } from './channel/channel.ts';
export type { RequestContext, RequestHandler, RequestOptions } from './channel/requests.ts';
export { Barrier, type BarrierOptions } from './shared/barrier.ts';
export { Condition } from './shared/condition.ts';
export {
  BrokenBarrierError,
  LockOwnerDiedError,
  QueueEmptyError,
  QueueFullError,
} from './shared/errors.ts';
export { Event } from './shared/event.ts';
export { type AcquireOptions, type Held, Lock } from './shared/lock.ts';
export { Queue, type QueueOptions } from './shared/queue.ts';
export { type Permit, Semaphore, type SemaphoreOptions } from './shared/semaphore.ts';
export { SharedMemory, type SharedMemoryOptions } from './shared/shared-memory.ts';
export { Value, type ValueType, type ValueTypes } from './shared/value.ts';

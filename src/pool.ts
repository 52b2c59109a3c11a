/** The public door `brood/pool`: many processes that work off what they are given. */
export type { TaskEvent, WorkerEvent } from './pool/events.ts';
export type { AnyHandlers, Calls, PoolRunner } from './pool/handlers.ts';
export { Pool } from './pool/pool.ts';
export type { PoolMethod, PoolOptions } from './pool/pool-options.ts';
export type { PoolMapOptions, RunOptions } from './pool/run-options.ts';
export type { PoolStats, WorkerStats } from './pool/stats.ts';
export { WorkerDiedError } from './pool/worker-died-error.ts';

/** The public door `brood/pool`: many processes that work off what they are given. */
export { forEach, map, type Items } from './pool/map.ts';
export type { ForEachOptions, MapOptions, MapProgress } from './pool/map/map-options.ts';
export type { MapRun } from './pool/map/map-run.ts';
export { WorkerDiedError } from './pool/worker-died-error.ts';

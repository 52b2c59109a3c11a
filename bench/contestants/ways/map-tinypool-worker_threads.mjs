import { mapOver } from '../work/map-tinypool.mjs';

export const { mapSum, sumTable } = mapOver('worker_threads');

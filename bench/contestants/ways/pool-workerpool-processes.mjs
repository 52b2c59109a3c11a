import { openWorkerpool } from '../work/pool-workerpool.mjs';

export const open = openWorkerpool('process');

import { openTinypool } from '../work/pool-tinypool.mjs';

export const open = openTinypool('child_process');

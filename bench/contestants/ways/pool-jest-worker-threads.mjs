import { openJest } from '../work/pool-jest.mjs';

export const open = openJest(true);

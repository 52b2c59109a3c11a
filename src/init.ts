/** The public door `brood/init`: the duties of PID 1. */
export { init } from './init/init.ts';
export type { InitCommandOptions, InitOptions } from './init/options.ts';
export type { InitOffice } from './init/take-office.ts';
